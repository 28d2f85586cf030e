// Pieces of pictures from the server: asked for when they are needed, kept for a while, shown coarser until they are here.

import { changed, state } from './state.js';

export const OUTLINE_COLUMNS = 512;
export const SPECTRUM_COLUMNS = 256;
const MOST = 500;
// One of the browser's six lines is that of the events.
const AT_ONCE = 4;

const tiles = new Map();
const wanted = [];
let running = 0;

function keep(key, tile) {
  tiles.delete(key);
  tiles.set(key, tile);
  if (tiles.size > MOST) tiles.delete(tiles.keys().next().value);
}

function ask(key, url, make) {
  if (tiles.has(key)) {
    const tile = tiles.get(key);
    if (tile.state === 'here') { keep(key, tile); return tile; }
    return null;
  }
  tiles.set(key, { state: 'wanted' });
  wanted.push({ key, url, make });
  pump();
  return null;
}

// What was asked for last is what is on the screen now: it comes first.
function pump() {
  while (running < AT_ONCE && wanted.length) {
    const { key, url, make } = wanted.pop();
    running += 1;
    fetch(url, { signal: AbortSignal.timeout(30000) }).then(async (response) => {
      if (!response.ok) throw new Error(`status ${response.status}`);
      const data = await response.arrayBuffer();
      keep(key, { state: 'here', ...make(data, response) });
    }).catch(() => {
      tiles.set(key, { state: 'failed' });
      setTimeout(() => tiles.get(key)?.state === 'failed' && tiles.delete(key), 3000);
    }).finally(() => {
      running -= 1;
      changed('tile');
      pump();
    });
  }
  if (wanted.length > 80) {
    for (const { key } of wanted.splice(0, wanted.length - 80)) tiles.delete(key);
  }
}

export const isLoading = () => running + wanted.length > 0;

// Samples or lowest and highest samples: Int16Array [column][channel][low, high].
export function outline(version, level, index, isPeek = false) {
  const columns = Math.ceil(version.frames / 2 ** level);
  if (index < 0 || index * OUTLINE_COLUMNS >= columns) return null;
  const key = `${version.id}/w/${level}/${index}`;
  if (isPeek) return tiles.get(key)?.state === 'here' ? tiles.get(key) : null;
  return ask(key, `/api/versions/${version.id}/outline/${level}/${index}`, (data, response) => ({
    peaks: new Int16Array(data),
    columns: data.byteLength / 4 / version.channels,
    isExact: response.headers.get('X-Exact') === '1',
  }));
}

// Once a sound's outline is complete, the pieces that were only sampled are asked for again.
export function forgetInexact(id) {
  for (const [key, tile] of tiles) {
    if (key.startsWith(`${id}/w/`) && tile.isExact === false) tiles.delete(key);
  }
  changed('tile');
}

// Levels: Uint8Array [column][row], half decibels, 255 for a full-scale sine.
export function spectrum(version, level, index, rows, isPeek = false) {
  const columns = Math.ceil(version.frames / 2 ** level);
  if (index < 0 || index * SPECTRUM_COLUMNS >= columns) return null;
  const key = `${version.id}/s/${level}/${index}/${rows}/${state.axis}`;
  if (isPeek) return tiles.get(key)?.state === 'here' ? tiles.get(key) : null;
  const url = `/api/versions/${version.id}/spectrogram/${level}/${index}?rows=${rows}&axis=${state.axis}`;
  return ask(key, url, (data) => ({ levels: new Uint8Array(data), rows, columns: data.byteLength / rows }));
}

// Inferno (by Nathaniel J. Smith and Stefan van der Walt, CC0), eight points of it.
const POINTS = [[0, 0, 4], [39, 11, 83], [101, 21, 110], [159, 42, 99], [212, 72, 66], [245, 124, 22], [251, 193, 39], [252, 255, 164]];

export function inferno(value) {
  const place = Math.min(Math.max(value, 0), 1) * (POINTS.length - 1);
  const low = Math.min(POINTS.length - 2, Math.floor(place));
  const share = place - low;
  return POINTS[low].map((from, index) => Math.round(from + (POINTS[low + 1][index] - from) * share));
}

const palettes = new Map();

// 256 colours: 90 dB below -10 dBFS, moved by the brightness.
export function palette(brightness) {
  if (!palettes.has(brightness)) {
    const colours = new Uint32Array(256);
    for (let level = 0; level < 256; level += 1) {
      const decibels = (level - 255) / 2 + 10 + brightness;
      const [red, green, blue] = inferno(1 + decibels / 90);
      colours[level] = (255 << 24) | (blue << 16) | (green << 8) | red;
    }
    palettes.set(brightness, colours);
  }
  return palettes.get(brightness);
}

// More is red, less is blue, the same is dark: 24 dB to either side.
const differences = new Uint32Array(511);
for (let index = 0; index < 511; index += 1) {
  const value = Math.min(1, Math.abs(index - 255) / 48);
  const strength = Math.round(255 * Math.sqrt(value));
  const [red, green, blue] = index > 255 ? [strength, Math.round(strength * 0.45), 20] : [20, Math.round(strength * 0.6), strength];
  differences[index] = (255 << 24) | (blue << 16) | (green << 8) | red;
}
differences[255] = (255 << 24) | (20 << 16) | (20 << 8) | 20;

// A tile as a small canvas, coloured anew when the brightness changes.
export function picture(tile, other) {
  const key = other ? 'difference' : `b${state.brightness}`;
  if (tile.canvas && tile.painted === key && tile.other === other) return tile.canvas;
  const { columns, rows, levels } = tile;
  const canvas = tile.canvas ?? document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = palette(state.brightness);
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      const level = levels[column * rows + row];
      const place = (rows - 1 - row) * columns + column;
      if (other) {
        const before = other.levels[column * rows + row] ?? level;
        // What is inaudible in both is the same.
        pixels[place] = differences[Math.max(level, before) < 55 ? 255 : 255 + level - before];
      } else pixels[place] = colours[level];
    }
  }
  context.putImageData(image, 0, 0);
  Object.assign(tile, { canvas, painted: key, other });
  return canvas;
}
