// Draws ruler, waveform, spectrogram, marks and minimap. It draws when something has changed, once per frame of the screen.

import { $, clock } from './format.js';
import { before, duration, head, on, shown, state } from './state.js';
import { frequency, frequencyTicks, highest, place, timeStep } from './axis.js';
import { OUTLINE_COLUMNS, SPECTRUM_COLUMNS, outline, palette, picture, spectrum } from './tiles.js';

const canvases = Object.fromEntries(['ruler', 'outline', 'spectrum', 'overlay', 'minimap'].map((id) => [id, $(id)]));
let isDue = false;
export const drawn = { frames: 0 };

export function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    drawn.frames += 1;
    if (!head()) {
      drawFirst();
      return;
    }
    drawRuler();
    drawOutline(fitted(canvases.outline), state.view, shown());
    drawSpectrum();
    drawOverlay();
    drawMinimap();
  });
}

// Before there is any sound, what is to become one.
function drawFirst() {
  if (!state.session) return;
  for (const name of ['ruler', 'outline', 'overlay', 'minimap']) fitted(canvases[name]);
  const { context, width, height } = fitted(canvases.spectrum);
  context.fillStyle = '#000004';
  context.fillRect(0, 0, width, height);
  const preview = [...state.previews.values()].at(-1);
  if (!preview) return;
  preview.canvas ??= previewCanvas(preview);
  const total = state.jobs.get(preview.job)?.request?.duration ?? preview.duration;
  context.drawImage(preview.canvas, (preview.start / total) * width, 0, (preview.duration / total) * width, height);
}

on('view session marks tile preview cursor look outline theme jobs', draw);
new ResizeObserver(draw).observe($('pictures'));

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const sharpness = () => Math.min(2, window.devicePixelRatio || 1);

// The canvas's context in CSS pixels, cleared.
function fitted(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = sharpness();
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext('2d');
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

export const pixel = (seconds, width = canvases.outline.clientWidth) =>
  ((seconds - state.view.start) / (state.view.end - state.view.start)) * width;

export const secondsAt = (x, width = canvases.outline.clientWidth) =>
  state.view.start + (x / width) * (state.view.end - state.view.start);

function drawRuler() {
  const { context, width, height } = fitted(canvases.ruler);
  context.fillStyle = colour('--surface');
  context.fillRect(0, 0, width, height);
  const step = timeStep(width);
  const digits = step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step) - 1e-9));
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.fillStyle = colour('--muted');
  context.strokeStyle = colour('--edge');
  context.lineWidth = 1;
  context.beginPath();
  for (let time = Math.floor(state.view.start / step) * step; time <= state.view.end; time += step) {
    const x = Math.round(pixel(time, width)) + 0.5;
    context.moveTo(x, height - 8);
    context.lineTo(x, height);
    for (let part = 1; part < 5; part += 1) {
      const small = Math.round(pixel(time + (part * step) / 5, width)) + 0.5;
      context.moveTo(small, height - 4);
      context.lineTo(small, height);
    }
    context.fillText(clock(time, digits), x + 4, 10);
  }
  context.stroke();
}

// The lowest and highest sample under each pixel, from the pieces that are there.
function drawOutline({ context, width, height }, view, version) {
  context.fillStyle = colour('--wave-ground');
  context.fillRect(0, 0, width, height);
  if (!version) return;
  const samples = ((view.end - view.start) * version.rate) / width;
  const level = Math.max(0, Math.floor(Math.log2(Math.max(1, samples))));
  const room = height / version.channels;
  const first = Math.floor((view.start * version.rate) / 2 ** level / OUTLINE_COLUMNS);
  const last = Math.floor((view.end * version.rate) / 2 ** level / OUTLINE_COLUMNS);
  context.strokeStyle = colour('--line');
  context.lineWidth = 1;
  for (let channel = 0; channel < version.channels; channel += 1) {
    context.beginPath();
    context.moveTo(0, Math.round((channel + 0.5) * room) + 0.5);
    context.lineTo(width, Math.round((channel + 0.5) * room) + 0.5);
    context.stroke();
  }
  context.fillStyle = colour(state.side === 'before' && before() ? '--wave-before' : '--wave');
  context.strokeStyle = context.fillStyle;
  for (let index = first; index <= last; index += 1) {
    const tile = outline(version, level, index);
    if (tile) drawPiece(context, width, room, view, version, tile, level, index, samples);
    else drawCoarser(context, width, room, view, version, level, index, samples);
  }
}

// Until a piece is here, the part of a coarser one that is.
function drawCoarser(context, width, room, view, version, level, index, samples) {
  for (let up = 1; up < 12; up += 1) {
    const tile = outline(version, level + up, index >> up, true);
    if (!tile) continue;
    const start = (index * OUTLINE_COLUMNS * 2 ** level) / version.rate;
    const end = ((index + 1) * OUTLINE_COLUMNS * 2 ** level) / version.rate;
    drawPiece(context, width, room, view, version, tile, level + up, index >> up, samples, start, end);
    return;
  }
}

function drawPiece(context, width, room, view, version, tile, level, index, samples, from = -Infinity, to = Infinity) {
  const { rate, channels } = version;
  const scale = width / (view.end - view.start);
  const hop = 2 ** level / rate;
  const origin = index * OUTLINE_COLUMNS * hop;
  const firstX = Math.max(0, Math.floor((Math.max(origin, from) - view.start) * scale));
  const lastX = Math.min(width, Math.ceil((Math.min(origin + tile.columns * hop, to) - view.start) * scale));
  for (let channel = 0; channel < channels; channel += 1) {
    const middle = (channel + 0.5) * room;
    const reach = room / 2 - 2;
    const peak = (column, which) => tile.peaks[(column * channels + channel) * 2 + which] / 32767;
    if (level === 0 && samples < 0.6) {
      drawSamples(context, tile, origin, hop, view, scale, width, (column) => middle - peak(column, 0) * reach);
      continue;
    }
    for (let x = firstX; x < lastX; x += 1) {
      const low = Math.max(0, Math.floor((view.start + x / scale - origin) / hop));
      const high = Math.min(tile.columns - 1, Math.max(low, Math.ceil((view.start + (x + 1) / scale - origin) / hop) - 1));
      let bottom = 1;
      let top = -1;
      for (let column = low; column <= high; column += 1) {
        bottom = Math.min(bottom, peak(column, 0));
        top = Math.max(top, peak(column, 1));
      }
      if (top < bottom) continue;
      const y = middle - top * reach;
      context.fillRect(x, y - 0.5, 1, Math.max(1, (top - bottom) * reach + 1));
    }
  }
}

// So near that samples are seen: a line through them, and dots where there is room.
function drawSamples(context, tile, origin, hop, view, scale, width, y) {
  const first = Math.max(0, Math.floor((view.start - origin) / hop) - 1);
  const last = Math.min(tile.columns - 1, Math.ceil((view.end - origin) / hop) + 1);
  context.beginPath();
  for (let column = first; column <= last; column += 1) {
    const x = (origin + column * hop - view.start) * scale;
    if (column === first) context.moveTo(x, y(column));
    else context.lineTo(x, y(column));
  }
  context.lineWidth = 1.5;
  context.stroke();
  if (hop * scale < 6) return;
  for (let column = first; column <= last; column += 1) {
    context.beginPath();
    context.arc((origin + column * hop - view.start) * scale, y(column), 2.5, 0, 7);
    context.fill();
  }
}

const rowsFor = (height) => (height * sharpness() > 560 ? 512 : 256);

function drawSpectrum() {
  const { context, width, height } = fitted(canvases.spectrum);
  drawSpectrumInto(context, width, height, state.view, shown(), state.difference && before() ? (state.side === 'before' ? head() : before()) : null);
  drawPreviews(context, width, height);
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const { hertz, y } of frequencyTicks(height)) {
    const text = hertz < 1000 ? `${hertz}` : `${hertz / 1000}k`;
    context.fillStyle = '#000a';
    context.fillRect(0, height - y - 8, context.measureText(text).width + 9, 16);
    context.fillStyle = '#fff';
    context.fillText(text, 5, height - y);
  }
}

export function drawSpectrumInto(context, width, height, view, version, other = null, rows = rowsFor(height)) {
  context.fillStyle = '#000004';
  context.fillRect(0, 0, width, height);
  if (!version) return;
  const samples = ((view.end - view.start) * version.rate) / width / sharpness();
  const level = Math.min(29, Math.max(6, Math.floor(Math.log2(Math.max(1, samples)))));
  const hop = 2 ** level / version.rate;
  const first = Math.floor(view.start / hop / SPECTRUM_COLUMNS);
  const last = Math.floor(view.end / hop / SPECTRUM_COLUMNS);
  context.imageSmoothingEnabled = true;
  for (let index = first; index <= last; index += 1) {
    const tile = spectrum(version, level, index, rows);
    const second = other && other.rate === version.rate ? spectrum(other, level, index, rows) : null;
    if (other && !second && other.rate === version.rate) continue;
    if (tile) paint(context, width, height, view, version, tile, second, level, index, 0, tile.columns);
    else paintCoarser(context, width, height, view, version, level, index, rows);
  }
}

function paintCoarser(context, width, height, view, version, level, index, rows) {
  for (let up = 1; up < 12; up += 1) {
    const tile = spectrum(version, level + up, index >> up, rows, true);
    if (!tile) continue;
    const part = SPECTRUM_COLUMNS / 2 ** up;
    const from = (index % 2 ** up) * part;
    paint(context, width, height, view, version, tile, null, level + up, index >> up, from, Math.min(tile.columns, from + part));
    return;
  }
}

function paint(context, width, height, view, version, tile, other, level, index, from, to) {
  if (to <= from) return;
  const scale = width / (view.end - view.start);
  const hop = 2 ** level / version.rate;
  const start = (index * SPECTRUM_COLUMNS + from) * hop;
  const x = (start - view.start) * scale;
  context.drawImage(picture(tile, other), from, 0, to - from, tile.rows, x, 0, (to - from) * hop * scale + 0.5, height);
}

// What the network takes for the sound that will come, where it will be.
function drawPreviews(context, width, height) {
  for (const preview of state.previews.values()) {
    const job = state.jobs.get(preview.job);
    if (!job || (job.version ?? null) !== shown()?.id) continue;
    const canvas = preview.canvas ?? previewCanvas(preview);
    preview.canvas = canvas;
    const x = pixel(preview.start, width);
    const right = pixel(preview.start + preview.duration, width);
    const top = height * (1 - place(Math.min(preview.highest, highest())));
    const bottom = height * (1 - place(preview.lowest));
    // Only what is made anew; around it the preview has what the sound has.
    const regions = job.request?.regions ?? [{ start: preview.start, end: preview.start + preview.duration }];
    context.save();
    context.beginPath();
    for (const { start, end, low, high } of regions) {
      const up = high === undefined ? top : Math.max(top, height * (1 - place(Math.min(high, highest()))));
      const down = low === undefined ? bottom : Math.min(bottom, height * (1 - place(low)));
      context.rect(pixel(start, width), up, pixel(end, width) - pixel(start, width), Math.max(0, down - up));
    }
    context.clip();
    context.drawImage(canvas, x, top, right - x, bottom - top);
    context.restore();
  }
}

function previewCanvas({ columns, rows, levels }) {
  const bytes = Uint8Array.from(atob(levels), (letter) => letter.charCodeAt(0));
  const canvas = document.createElement('canvas');
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d');
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = palette(0);
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      pixels[(rows - 1 - row) * columns + column] = colours[Math.max(0, bytes[column * rows + row] - 40)];
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// Marks, cursor and playing position over all pictures.
function drawOverlay() {
  const { context, width, height } = fitted(canvases.overlay);
  const top = canvases.ruler.clientHeight;
  const floor = top + canvases.outline.clientHeight;
  const room = canvases.spectrum.clientHeight;
  const y = (hertz) => floor + room * (1 - place(hertz));
  const [mark, soft] = [colour('--mark'), colour('--mark-soft')];
  context.font = '600 12px system-ui, sans-serif';
  context.textBaseline = 'top';
  state.marks.forEach(({ start, end, low, high, name }, index) => {
    const [x, right] = [pixel(start, width), pixel(end, width)];
    if (right < -2 || x > width + 2) return;
    const isActive = index === state.active;
    const isBox = low !== null && low !== undefined;
    context.fillStyle = soft;
    context.fillRect(x, top, Math.max(1, right - x), floor - top);
    const [up, down] = isBox ? [y(Math.min(high, highest())), y(low)] : [floor, height];
    // Lightly: what is marked is to be seen.
    context.fillStyle = '#46d7ff14';
    context.fillRect(x, up, Math.max(1, right - x), down - up);
    context.lineWidth = isActive ? 2 : 1;
    context.strokeStyle = mark;
    line(context, x, top, floor);
    if (end > start) line(context, right, top, floor);
    context.strokeStyle = '#46d7ff';
    if (isBox) context.strokeRect(x, up, right - x, down - up);
    else {
      line(context, x, floor, height);
      if (end > start) line(context, right, floor, height);
    }
    if (isActive) handles(context, mark, x, right, top, floor);
    if (name) {
      const text = name.length > 40 ? `${name.slice(0, 39)}…` : name;
      context.fillStyle = mark;
      context.fillRect(x, top, context.measureText(text).width + 8, 17);
      context.fillStyle = colour('--ground');
      context.fillText(text, x + 4, top + 2);
    }
  });
  drawPending(context, width, floor, height);
  context.strokeStyle = colour('--cursor');
  context.lineWidth = 1.5;
  line(context, pixel(state.cursor, width), 0, height);
}

// Where an edit is being made: a frame that is seen over any picture.
function drawPending(context, width, floor, height) {
  context.strokeStyle = '#fff';
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  for (const job of state.jobs.values()) {
    if (job.state !== 'running' || job.version !== shown()?.id) continue;
    for (const { start, end } of job.request?.regions ?? []) {
      context.strokeRect(pixel(start, width), floor + 2, pixel(end, width) - pixel(start, width), height - floor - 4);
    }
  }
  context.setLineDash([]);
}

function line(context, x, from, to) {
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, from);
  context.lineTo(Math.round(x) + 0.5, to);
  context.stroke();
}

function handles(context, fill, x, right, top, floor) {
  context.fillStyle = fill;
  const middle = (top + floor) / 2;
  for (const at of [x, right]) {
    context.beginPath();
    context.roundRect(at - 4, middle - 14, 8, 28, 4);
    context.fill();
  }
}

function drawMinimap() {
  const fit = fitted(canvases.minimap);
  const { context, width, height } = fit;
  drawOutline(fit, { start: 0, end: Math.max(duration(), 1e-6) }, shown());
  const scale = width / duration();
  context.fillStyle = colour('--mark');
  for (const { start, end } of state.marks) context.fillRect(start * scale, 0, Math.max(2, (end - start) * scale), 4);
  const [x, right] = [state.view.start * scale, state.view.end * scale];
  context.fillStyle = colour('--ground');
  context.globalAlpha = 0.6;
  context.fillRect(0, 0, x, height);
  context.fillRect(right, 0, width - right, height);
  context.globalAlpha = 1;
  context.strokeStyle = colour('--accent');
  context.lineWidth = 2;
  context.strokeRect(x + 1, 1, Math.max(4, right - x - 2), height - 2);
  context.fillStyle = colour('--cursor');
  context.fillRect(state.cursor * scale - 0.75, 0, 1.5, height);
  canvases.minimap.setAttribute('aria-valuenow', Math.round((100 * state.view.start) / duration()));
  canvases.minimap.setAttribute('aria-valuetext', `${clock(state.view.start, 1)} to ${clock(state.view.end, 1)}`);
}

// What lies under a pointer: time, and the frequency where it is over the spectrogram.
export function under(event) {
  const box = $('pictures').getBoundingClientRect();
  const y = event.clientY - box.top - canvases.ruler.clientHeight - canvases.outline.clientHeight - $('pictures').clientTop;
  const room = canvases.spectrum.clientHeight;
  const time = Math.min(Math.max(0, secondsAt(event.clientX - box.left - $('pictures').clientLeft)), duration());
  const hertz = frequency(Math.min(1, Math.max(0, 1 - y / room)));
  return { time, hertz, isSpectrum: y >= 0, isRuler: y < -canvases.outline.clientHeight };
}
