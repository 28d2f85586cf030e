// Mouse, pen and finger on the pictures: mark, move edges, zoom, go along.

import { $, clock, hertz as inHertz } from './format.js';
import { changed, clearSelection, duration, head, saveMarks, select, setView, state, zoom } from './state.js';
import { draw, pixel, under } from './picture.js';
import { highest, place } from './axis.js';
import { seek } from './player.js';

const pictures = $('pictures');
const minimap = $('minimap');
const NEAR = 7;
let drag = null;

// The edge of a mark that is under the pointer.
function edgeAt(event) {
  const box = pictures.getBoundingClientRect();
  const x = event.clientX - box.left - pictures.clientLeft;
  const { hertz, isSpectrum, isRuler } = under(event);
  if (isRuler) return null;
  const room = $('spectrum').clientHeight;
  const order = state.marks.map((_, index) => index).sort((a, b) => (b === state.active) - (a === state.active));
  for (const index of order) {
    const { start, end, low, high } = state.marks[index];
    const isBox = low !== null && low !== undefined;
    const isWithin = !isBox || !isSpectrum || (place(hertz) > place(low) - 0.03 && place(hertz) < place(high) + 0.03);
    if (Math.abs(x - pixel(start)) <= NEAR && isWithin) return { index, edge: 'start' };
    if (Math.abs(x - pixel(end)) <= NEAR && isWithin) return { index, edge: 'end' };
    if (!isBox || !isSpectrum || x < pixel(start) || x > pixel(end)) continue;
    if (Math.abs(place(hertz) - place(low)) * room <= NEAR) return { index, edge: 'low' };
    if (Math.abs(place(hertz) - place(high)) * room <= NEAR) return { index, edge: 'high' };
  }
  return null;
}

pictures.addEventListener('pointerdown', (event) => {
  if (event.button > 1 || !head()) return;
  pictures.setPointerCapture(event.pointerId);
  const at = under(event);
  if (event.button === 1 || event.altKey) {
    drag = { kind: 'pan', x: event.clientX, view: { ...state.view } };
    event.preventDefault();
    return;
  }
  const edge = edgeAt(event);
  if (edge) {
    state.active = edge.index;
    drag = { kind: 'edge', ...edge };
    changed('marks');
    return;
  }
  drag = { kind: 'mark', from: at, x: event.clientX, y: event.clientY, isAdded: event.shiftKey || event.ctrlKey || event.metaKey, isBox: state.tool === 'box' && at.isSpectrum, isBegun: false };
});

pictures.addEventListener('pointermove', (event) => {
  if (!head()) return;
  const at = under(event);
  show(at);
  if (!drag) {
    const edge = edgeAt(event);
    pictures.style.cursor = !edge ? 'crosshair' : edge.edge === 'low' || edge.edge === 'high' ? 'ns-resize' : 'ew-resize';
    return;
  }
  if (drag.kind === 'pan') {
    const seconds = ((drag.x - event.clientX) / pictures.clientWidth) * (drag.view.end - drag.view.start);
    setView(drag.view.start + seconds, drag.view.end + seconds);
  } else if (drag.kind === 'edge') moveEdge(at);
  else growMark(event, at);
});

function growMark(event, at) {
  if (!drag.isBegun && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 4) return;
  const [start, end] = [drag.from.time, at.time].sort((a, b) => a - b);
  const mark = { start, end };
  if (drag.isBox) [mark.low, mark.high] = [drag.from.hertz, Math.min(at.hertz, highest())].sort((a, b) => a - b);
  if (!drag.isBegun) select(mark, drag.isAdded);
  else Object.assign(state.marks[state.active], mark);
  drag.isBegun = true;
  changed('marks');
}

function moveEdge(at) {
  const mark = state.marks[drag.index];
  const least = 1 / head().rate;
  if (drag.edge === 'start') mark.start = Math.min(at.time, mark.end - least);
  if (drag.edge === 'end') mark.end = Math.max(at.time, mark.start + least);
  if (drag.edge === 'low') mark.low = Math.min(at.hertz, mark.high - 1);
  if (drag.edge === 'high') mark.high = Math.max(Math.min(at.hertz, highest()), mark.low + 1);
  mark.start = Math.max(0, mark.start);
  mark.end = Math.min(duration(), mark.end);
  changed('marks');
}

function finish(event) {
  if (!drag) return;
  if (drag.kind === 'mark' && !drag.isBegun && event.type === 'pointerup') {
    const index = state.marks.findIndex((mark) => mark.name && drag.from.time >= mark.start && drag.from.time <= mark.end);
    if (!drag.isAdded && !drag.from.isRuler && index >= 0 && state.active !== index) {
      state.active = index;
      changed('marks');
    } else if (!drag.isAdded && !drag.from.isRuler) clearSelection();
    seek(drag.from.time);
  } else if (drag.kind !== 'pan') saveMarks();
  drag = null;
}
pictures.addEventListener('pointerup', finish);
pictures.addEventListener('pointercancel', finish);
pictures.addEventListener('pointerleave', () => show(null));

export function show(at) {
  const text = at ? `${clock(at.time)}${at.isSpectrum ? ` · ${inHertz(at.hertz)}` : ''}` : clock(state.cursor);
  $('readout').textContent = `${text} / ${clock(duration())}`;
}

pictures.addEventListener('wheel', (event) => {
  if (!head()) return;
  event.preventDefault();
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    const by = ((event.deltaX || event.deltaY) * unit * (state.view.end - state.view.start)) / pictures.clientWidth;
    setView(state.view.start + by, state.view.end + by);
  } else zoom(1.0025 ** (event.deltaY * unit), under(event).time);
}, { passive: false });

pictures.addEventListener('dblclick', () => {
  const mark = state.marks[state.active];
  if (mark) setView(mark.start - (mark.end - mark.start), mark.end + (mark.end - mark.start));
});

// The minimap: drag the window, or press where it shall be.
let grip = null;
const minimapTime = (event) => ((event.clientX - minimap.getBoundingClientRect().left) / minimap.clientWidth) * duration();

minimap.addEventListener('pointerdown', (event) => {
  if (!head()) return;
  minimap.setPointerCapture(event.pointerId);
  const time = minimapTime(event);
  const { start, end } = state.view;
  grip = time >= start && time <= end ? time - start : (end - start) / 2;
  setView(time - grip, time - grip + end - start);
});
minimap.addEventListener('pointermove', (event) => {
  if (grip === null) return;
  const { start, end } = state.view;
  const time = minimapTime(event) - grip;
  setView(time, time + end - start);
});
minimap.addEventListener('pointerup', () => { grip = null; });
minimap.addEventListener('pointercancel', () => { grip = null; });
minimap.addEventListener('keydown', (event) => {
  const width = state.view.end - state.view.start;
  const step = { ArrowLeft: -0.1, ArrowRight: 0.1, PageDown: -1, PageUp: 1 }[event.key];
  if (step) setView(state.view.start + step * width, state.view.end + step * width);
  else if (event.key === 'Home') setView(0, width);
  else if (event.key === 'End') setView(duration() - width, duration());
  else return;
  event.preventDefault();
  event.stopPropagation();
});

draw();
