// Where a frequency lies in the picture, and which labels an axis has.

import { state, shown } from './state.js';

const LOWEST = 20;

export const highest = () => (shown()?.rate ?? 48000) / 2;

// 0 (bottom) to 1 (top).
export function place(hertz, top = highest(), axis = state.axis) {
  if (axis === 'linear') return hertz / top;
  if (axis === 'log') return hertz <= LOWEST ? 0 : Math.log(hertz / LOWEST) / Math.log(top / LOWEST);
  return Math.log(1 + hertz / 700) / Math.log(1 + top / 700);
}

export function frequency(position, top = highest(), axis = state.axis) {
  if (axis === 'linear') return top * position;
  if (axis === 'log') return LOWEST * (top / LOWEST) ** position;
  return 700 * ((1 + top / 700) ** position - 1);
}

const TICKS = [50, 100, 200, 500, 1000, 2000, 4000, 8000, 12000, 16000, 20000, 24000, 32000, 48000];

// Labels that are at least `gap` pixels apart in a picture of `height` pixels.
export function frequencyTicks(height, gap = 22) {
  const ticks = [];
  let last = -Infinity;
  for (const hertz of TICKS) {
    const y = place(hertz) * height;
    if (hertz < highest() && y - last >= gap && y > 8 && y < height - 8) {
      ticks.push({ hertz, y });
      last = y;
    }
  }
  return ticks;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

// Seconds between two labels, so that each has `gap` pixels.
export function timeStep(width, gap = 90) {
  const { start, end } = state.view;
  const least = ((end - start) / width) * gap;
  if (least > 1) return STEPS.find((step) => step >= least) ?? Math.ceil(least / 3600) * 3600;
  const decade = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * decade).find((step) => step >= least);
}
