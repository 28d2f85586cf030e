// Labels: typed, imported, exported, found; and the selection as numbers.

import { get, put } from './api.js';
import { $, clock, guarded, h, notice, seconds } from './format.js';
import { changed, duration, head, on, saveMarks, selection, setMarks, setView, state } from './state.js';

function row(mark, index) {
  const edit = (key) => (event) => {
    const value = seconds(event.target.value);
    if (value !== null) mark[key] = Math.min(duration(), Math.max(0, value));
    if (mark.end < mark.start) mark.end = mark.start;
    event.target.value = clock(mark[key]);
    saveMarks();
    changed('marks');
  };
  const show = () => {
    state.active = index;
    const room = Math.max(mark.end - mark.start, (state.view.end - state.view.start) / 4, 0.05);
    if (mark.start < state.view.start || mark.end > state.view.end) setView(mark.start - room, mark.end + room);
    state.cursor = mark.start;
    changed('marks');
  };
  return h('li', { class: `label-card${index === state.active ? ' active' : ''}` },
    h('input', { value: mark.name, placeholder: 'selection', maxLength: 400, 'aria-label': 'Name of the label', onchange: (event) => { mark.name = event.target.value.trim(); saveMarks(); changed('marks'); } }),
    h('button', { class: 'tool', onclick: show, 'aria-label': `Show ${mark.name || 'the selection'}` }, 'Show'),
    h('div', { class: 'times' },
      h('input', { value: clock(mark.start), 'aria-label': 'Start', onchange: edit('start') }),
      h('input', { value: clock(mark.end), 'aria-label': 'End', onchange: edit('end') })),
    h('button', { class: 'tool', 'aria-label': `Remove ${mark.name || 'the selection'}`, onclick: () => setMarks(state.marks.filter((other) => other !== mark), -1) }, 'Remove'));
}

function show() {
  if ($('labels').contains(document.activeElement) && document.activeElement.matches('input:not(:disabled)')) {
    // Nobody's typing is taken away.
    if ($('labels').children.length === state.marks.length) return;
  }
  const shown = state.marks.slice(0, 300);
  $('labels').replaceChildren(...shown.map(row));
}
on('marks session', show);

// The selection in numbers.
const fields = { start: $('sel-start'), end: $('sel-end'), length: $('sel-length'), low: $('sel-low'), high: $('sel-high') };

on('marks session view', () => {
  const mark = selection();
  const has = mark && mark.end > mark.start;
  for (const [key, field] of Object.entries(fields)) {
    if (field === document.activeElement && field.dataset.dirty) continue;
    const value = !has ? '' : key === 'length' ? clock(mark.end - mark.start) : key === 'low' || key === 'high' ? (mark[key] ? Math.round(mark[key]) : '') : clock(mark[key]);
    field.value = value;
  }
  const isBox = Boolean(has && mark.high);
  for (const label of document.querySelectorAll('.band')) label.hidden = !isBox;
  for (const id of ['snap-zero', 'snap-quiet', 'sel-clear', 'zoom-selection']) $(id).disabled = !has;
});

for (const [key, field] of Object.entries(fields)) {
  field.addEventListener('input', () => { field.dataset.dirty = 'yes'; });
  field.addEventListener('blur', () => { field.dataset.dirty = ''; changed('view'); });
  field.addEventListener('change', () => {
    field.dataset.dirty = '';
    if (!head()) return;
    const value = key === 'low' || key === 'high' ? Number(field.value) : seconds(field.value);
    if (value === null || !Number.isFinite(value)) { notice('A time is seconds (62.5) or m:ss.sss (1:02.5).'); changed('view'); return; }
    let mark = selection();
    if (!mark) {
      mark = { start: 0, end: 0, name: '' };
      const start = key === 'end' ? Math.min(state.cursor, value) : key === 'start' ? value : state.cursor;
      Object.assign(mark, { start, end: key === 'length' ? start + value : key === 'end' ? value : Math.min(duration(), value + 1) });
      setMarks([...state.marks, mark], state.marks.length);
    } else if (key === 'length') mark.end = mark.start + value;
    else mark[key] = value;
    tidy(mark);
    saveMarks();
    changed('marks');
  });
}

export function tidy(mark) {
  const least = 1 / head().rate;
  mark.start = Math.min(Math.max(0, mark.start), duration() - least);
  mark.end = Math.min(Math.max(mark.start + least, mark.end), duration());
  if (mark.high) mark.high = Math.max(mark.low + 1, mark.high);
}

// Moves an edge of the selection by some seconds.
export function nudge(edge, by) {
  const mark = selection();
  if (!mark) return;
  mark[edge] += by;
  tidy(mark);
  saveMarks();
  changed('marks');
}

export const snap = guarded(async (kind) => {
  const mark = selection();
  const version = head();
  if (!mark || !version) return;
  const edge = async (time) => {
    const near = Math.min(version.frames, Math.max(0, Math.round(time * version.rate)));
    return (await get(`/api/versions/${version.id}/edges?near=${near}&kind=${kind}`)).frame / version.rate;
  };
  [mark.start, mark.end] = await Promise.all([edge(mark.start), edge(mark.end)]);
  tidy(mark);
  saveMarks();
  changed('marks');
});

export function addLabel() {
  const mark = selection();
  const name = `label ${state.marks.filter((other) => other.name).length + 1}`;
  if (mark && !mark.name) {
    mark.name = name;
    setMarks([...state.marks], state.active);
  } else setMarks([...state.marks, { start: state.cursor, end: state.cursor, name }], state.marks.length);
}

$('snap-zero').onclick = () => snap('zero');
$('snap-quiet').onclick = () => snap('quiet');
$('add-label').onclick = addLabel;
$('labels-in').onclick = () => $('labels-file').click();
$('labels-file').onchange = guarded(async (event) => {
  const [file] = event.target.files;
  event.target.value = '';
  if (!file) return;
  const marks = await put(`/api/sessions/${state.session.id}/labels`, await file.text(), { type: 'text/plain' });
  state.marks = marks;
  state.active = -1;
  changed('marks');
});
$('labels-out').addEventListener('click', () => { $('labels-out').href = `/api/sessions/${state.session.id}/labels`; });

for (const button of document.querySelectorAll('.find')) {
  button.onclick = guarded(async () => {
    const version = head();
    const { kind } = button.dataset;
    const mark = selection();
    if (kind === 'like' && !mark) { $('find-text').textContent = 'Select a passage first; others like it are looked for.'; return; }
    const range = kind === 'like' ? `&start=${Math.round(mark.start * version.rate)}&end=${Math.round(mark.end * version.rate)}` : '';
    $('find-text').textContent = 'Looking …';
    try {
      const found = await get(`/api/versions/${version.id}/finds?kind=${kind}${range}`);
      $('find-text').textContent = found.length ? `${found.length} found; they are labels now.` : 'None found.';
      setMarks([...state.marks, ...found], found.length ? state.marks.length : state.active);
    } catch (error) {
      $('find-text').textContent = error.message;
    }
  });
}
