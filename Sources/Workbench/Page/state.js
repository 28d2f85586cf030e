// What the page knows, and who wants to hear of changes.

import { get, put, patch } from './api.js';
import { guarded } from './format.js';

export const state = {
  about: null,
  session: null,
  versions: new Map(),
  jobs: new Map(),
  previews: new Map(),
  marks: [],
  active: -1,
  cursor: 0,
  view: { start: 0, end: 1 },
  axis: localStorage.getItem('axis') ?? 'mel',
  brightness: Number(localStorage.getItem('brightness') ?? 0),
  tool: 'span',
  side: 'after',
  against: null,
  difference: false,
};

const listeners = new Map();

export function on(names, handle) {
  for (const name of names.split(' ')) listeners.set(name, [...(listeners.get(name) ?? []), handle]);
}

export function changed(name, detail) {
  for (const handle of listeners.get(name) ?? []) handle(detail);
}

export const head = () => state.versions.get(state.session?.head) ?? null;

// What is heard as "before": a version that was chosen, or what the shown one was made of.
export function before() {
  const now = head();
  if (!now) return null;
  const other = state.against && state.against !== now.id ? state.versions.get(state.against) : null;
  return other ?? state.versions.get(now.parent) ?? null;
}

export const shown = () => (state.side === 'before' ? before() ?? head() : head());

export const duration = () => Math.max(head()?.duration ?? 0, state.side === 'before' ? before()?.duration ?? 0 : 0);

// The selection is the active mark, as far as it is one without a name.
export const selection = () => state.marks[state.active] ?? null;

export function setView(start, end) {
  const all = duration();
  if (!all) return;
  const least = 8 / (head()?.rate ?? 48000);
  let width = Math.min(all, Math.max(least, end - start));
  start = Math.min(Math.max(0, start), all - width);
  state.view = { start, end: start + width };
  if (state.session) localStorage.setItem(`view ${state.session.id}`, JSON.stringify(state.view));
  changed('view');
}

// Zooms about a place that stays where it is.
export function zoom(factor, at = (state.view.start + state.view.end) / 2) {
  const { start, end } = state.view;
  setView(at - (at - start) * factor, at + (end - at) * factor);
}

export function setMarks(marks, active = -1) {
  state.marks = marks;
  state.active = active;
  changed('marks');
  saveMarks();
}

let saveTimer;
export function saveMarks() {
  clearTimeout(saveTimer);
  const session = state.session?.id;
  if (!session) return;
  saveTimer = setTimeout(guarded(async () => {
    await put(`/api/sessions/${session}/marks`, state.marks.map(plain));
    changed('saved');
  }), 250);
}

const plain = ({ start, end, low, high, name }) => ({ start, end, low: low ?? null, high: high ?? null, name: name ?? '' });

// Selects a span or a rectangle: an unnamed selection takes the place of the last unnamed one unless it is added.
export function select(mark, isAdded = false) {
  const marks = isAdded ? [...state.marks] : state.marks.filter((other) => other.name);
  setMarks([...marks, { name: '', ...mark }], marks.length);
}

export function clearSelection() {
  setMarks(state.marks.filter((mark) => mark.name), -1);
}

// The marks that an edit works on: all that have no name, or the label that was picked.
export function chosen() {
  const unnamed = state.marks.filter((mark) => !mark.name && mark.end > mark.start);
  const active = selection();
  return unnamed.length ? unnamed : active && active.end > active.start ? [active] : [];
}

export async function load(id) {
  const session = await get(`/api/sessions/${id}`);
  adopt(session);
  return session;
}

export function adopt(session) {
  const isOther = state.session?.id !== session.id;
  state.session = session;
  state.versions = new Map(session.versions.map((version) => [version.id, version]));
  state.jobs = new Map(session.jobs.map((job) => [job.id, job]));
  if (isOther) {
    state.previews.clear();
    state.side = 'after';
    state.against = null;
    state.difference = false;
    state.cursor = 0;
    state.marks = session.marks;
    state.active = session.marks.findIndex((mark) => !mark.name);
    const kept = JSON.parse(localStorage.getItem(`view ${session.id}`) ?? 'null');
    state.view = { start: 0, end: head()?.duration ?? 1 };
    if (kept && kept.end <= duration() + 0.01) state.view = kept;
    changed('marks');
  }
  if (state.view.end > duration() && duration()) setView(state.view.start, state.view.end);
  changed('session');
}

export async function goTo(version) {
  state.side = 'after';
  adopt(await patch(`/api/sessions/${state.session.id}`, { head: version }));
  changed('view');
}
