// Everything by keyboard.

import { $, h } from './format.js';
import { changed, clearSelection, duration, head, select, selection, setView, state, zoom } from './state.js';
import { seek, switchSides, toggle, toggleAround, toggleDifference, toggleLoop, toggleSolo } from './player.js';
import { addLabel, nudge, snap, tidy } from './labels.js';
import { redo, undo } from './history.js';
import { go } from './panel.js';
import { hearTake, openTakes } from './takes.js';

const step = () => (state.view.end - state.view.start) / 100;

export function setTool(tool) {
  state.tool = tool;
  $('tool-span').setAttribute('aria-pressed', tool === 'span');
  $('tool-box').setAttribute('aria-pressed', tool === 'box');
}

function edge(which) {
  const mark = selection();
  if (!mark || !(mark.end > mark.start)) {
    const end = Math.min(duration(), state.cursor + step() * 5);
    select(which === 'start' ? { start: state.cursor, end } : { start: Math.max(0, state.cursor - step() * 5), end: state.cursor });
  } else {
    mark[which] = state.cursor;
    tidy(mark);
  }
  changed('marks');
}

function grow(by) {
  const mark = selection();
  if (!mark || !(mark.end > mark.start)) {
    const other = Math.min(duration(), Math.max(0, state.cursor + by));
    select({ start: Math.min(state.cursor, other), end: Math.max(state.cursor, other) });
  } else nudge('end', by);
}

export function showSelection() {
  const mark = selection();
  if (mark) setView(mark.start - (mark.end - mark.start) / 2, mark.end + (mark.end - mark.start) / 2);
}

// [keys as they are shown, what they do, test, action]
const KEYS = [
  ['Space', 'play or stop', (key) => key === ' ', () => toggle()],
  ['B', 'switch before and after, at the same place', 'b', () => switchSides()],
  ['L', 'loop the selection', 'l', () => toggleLoop()],
  ['A', 'play around the selection', 'a', () => toggleAround()],
  ['O', 'only the band of the rectangle', 'o', () => toggleSolo()],
  ['D', 'picture of the difference', 'd', () => toggleDifference()],
  ['← →', 'move the cursor', (key, event) => key.startsWith('Arrow') && !event.shiftKey && !event.altKey && !event.ctrlKey, (event) => {
    if (event.key === 'ArrowLeft') seek(state.cursor - step());
    else if (event.key === 'ArrowRight') seek(state.cursor + step());
    else zoom(event.key === 'ArrowUp' ? 0.8 : 1.25, state.cursor);
  }],
  ['Shift ← →', 'select; move the end', (key, event) => /^Arrow(Left|Right)$/.test(key) && event.shiftKey, (event) => grow(event.key === 'ArrowLeft' ? -step() : step())],
  ['Alt ← →', 'move the start of the selection', (key, event) => /^Arrow(Left|Right)$/.test(key) && event.altKey, (event) => nudge('start', event.key === 'ArrowLeft' ? -step() : step())],
  ['[ ]', 'selection starts, ends at the cursor', (key) => key === '[' || key === ']', (event) => edge(event.key === '[' ? 'start' : 'end')],
  [', .', 'start one millisecond earlier, later', (key) => key === ',' || key === '.', (event) => nudge('start', event.key === ',' ? -0.001 : 0.001)],
  ['; \'', 'end one millisecond earlier, later', (key) => key === ';' || key === '\'', (event) => nudge('end', event.key === ';' ? -0.001 : 0.001)],
  ['Z', 'edges to zero crossings', (key, event) => key === 'z' && !event.ctrlKey && !event.metaKey, () => snap('zero')],
  ['Q', 'edges to quiet moments', 'q', () => snap('quiet')],
  ['M', 'label the selection, or the cursor', 'm', () => addLabel()],
  ['Esc', 'select nothing', (key) => key === 'Escape', () => clearSelection()],
  ['+ −', 'zoom', (key) => ['+', '=', '-'].includes(key), (event) => zoom(event.key === '-' ? 1.5 : 1 / 1.5, state.cursor >= state.view.start && state.cursor <= state.view.end ? state.cursor : undefined)],
  ['0', 'show all', '0', () => setView(0, duration())],
  ['E', 'show the selection', 'e', () => showSelection()],
  ['Home End', 'to the start, to the end', (key) => key === 'Home' || key === 'End', (event) => {
    seek(event.key === 'Home' ? 0 : duration());
    const width = state.view.end - state.view.start;
    if (event.key === 'Home') setView(0, width);
    else setView(duration() - width, duration());
  }],
  ['S R', 'a drag marks a span, a rectangle', (key) => key === 's' || key === 'r', (event) => setTool(event.key === 's' ? 'span' : 'box')],
  ['P', 'to the words', 'p', () => $('prompt').focus()],
  ['Enter', 'make the edit', (key) => key === 'Enter', () => go()],
  ['1 … 9', 'hear a take', (key) => /^[1-9]$/.test(key) && openTakes().length > 1, (event) => { const take = openTakes()[event.key - 1]; if (take) hearTake(take); }],
  ['Ctrl Z', 'undo', (key, event) => key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey, () => undo()],
  ['Ctrl Shift Z', 'redo', (key, event) => key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && event.shiftKey, () => redo()],
  ['?', 'these keys', '?', () => $('help-box').showModal()],
];

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return;
  const { target } = event;
  if (target.matches('input:not([type=range]):not([type=checkbox]), textarea, select')) {
    if (event.key === 'Escape') target.blur();
    return;
  }
  // A button takes Enter and Space for itself, a slider its arrows, a tab list too.
  const isButton = target.matches('button, a, summary');
  if (isButton && (event.key === 'Enter' || event.key === ' ')) return;
  if (target.matches('input[type=range], [role=tab], [role=radio]') && event.key.startsWith('Arrow')) return;
  if (event.key === '?') { $('help-box').showModal(); event.preventDefault(); return; }
  if (!head() || $('work').hidden) return;
  const hasControl = event.ctrlKey || event.metaKey;
  for (const [, , test, action] of KEYS) {
    const isIt = typeof test === 'string' ? event.key.toLowerCase() === test && !hasControl && !event.altKey : test(event.key, event);
    if (!isIt || (hasControl && !/z/i.test(event.key))) continue;
    event.preventDefault();
    action(event);
    return;
  }
});

$('help-keys').append(...KEYS.flatMap(([keys, text]) => [
  h('span', {}, ...keys.split(' ').flatMap((key, index) => [index ? ' ' : '', h('kbd', {}, key)])),
  h('span', {}, text),
]), h('span', {}, h('kbd', {}, 'Wheel')), h('span', {}, 'zoom; with Shift go along'), h('span', {}, h('kbd', {}, 'Shift'), ' drag'), h('span', {}, 'mark one more'));

$('tool-span').onclick = () => setTool('span');
$('tool-box').onclick = () => setTool('box');
$('zoom-in').onclick = () => zoom(1 / 1.7);
$('zoom-out').onclick = () => zoom(1.7);
$('zoom-all').onclick = () => setView(0, duration());
$('zoom-selection').onclick = showSelection;
$('sel-clear').onclick = clearSelection;
