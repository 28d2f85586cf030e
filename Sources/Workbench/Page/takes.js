// Takes of one edit side by side, each with its picture and figures; one is kept.

import { remove } from './api.js';
import { $, guarded, h, say } from './format.js';
import { changed, goTo, head, on, state } from './state.js';
import { drawSpectrumInto } from './picture.js';
import { play } from './player.js';

// The newest set of takes that belongs to what is shown.
export function openTakes() {
  const now = head();
  const candidates = [...state.versions.values()].filter((version) => version.take
    && (!now || version.id === now.id || version.parent === now.id || (version.take === now.take)));
  const newest = candidates.sort((a, b) => b.created - a.created)[0];
  if (!newest) return [];
  return candidates.filter((version) => version.take === newest.take).sort((a, b) => a.created - b.created);
}

const decibels = (value) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)} dB`;

export function figures(report) {
  if (!report) return '';
  const parts = [];
  for (const edit of (report.edits ?? []).slice(0, 2)) {
    if (edit.levelDifference !== null && edit.levelDifference !== undefined) parts.push(`level ${decibels(edit.levelDifference)}`);
    if (edit.seam !== null && edit.seam !== undefined) parts.push(`edges ${decibels(edit.seam)}`);
  }
  if (report.cutoff) parts.push(`new above ${Math.round(report.cutoff)} Hz`);
  if (report.isIdenticalOutside) parts.push('outside identical');
  if (report.seconds) parts.push(`${report.seconds.toFixed(1)} s`);
  return parts.join(' · ');
}

function passageOf(version) {
  const regions = version.request?.regions ?? [];
  if (!regions.length) return { start: 0, end: version.duration };
  const start = Math.min(...regions.map((region) => region.start));
  const end = Math.max(...regions.map((region) => region.end));
  const margin = Math.max(0.3, (end - start) / 2);
  return { start: Math.max(0, start - margin), end: Math.min(version.duration, end + margin) };
}

// Hears a take where the edit is, against what it was made of.
export const hearTake = guarded(async (version) => {
  const { start, end } = passageOf(version);
  await goTo(version.id);
  state.cursor = start;
  if (state.view.start > start || state.view.end < end) changed('view');
  say(`take ${openTakes().findIndex((take) => take.id === version.id) + 1}`);
  play();
});

const keep = guarded(async (version) => {
  await goTo(version.id);
  for (const other of openTakes()) {
    if (other.id !== version.id) await remove(`/api/versions/${other.id}`);
  }
  say('kept');
});

function card(version, index) {
  const isHead = version.id === head()?.id;
  const canvas = h('canvas', { role: 'img', 'aria-label': `Spectrogram of take ${index + 1}` });
  const item = h('li', { class: `take${isHead ? ' heard' : ''}` },
    h('div', { class: 'row between' }, h('strong', {}, `Take ${index + 1}`), h('span', { class: 'figures' }, `seed ${version.request?.settings?.seed ?? 0}`)),
    canvas,
    h('p', { class: 'figures' }, figures(version.report)),
    h('div', { class: 'row' },
      h('button', { class: 'hear', onclick: () => hearTake(version), title: `Hear it (${index + 1})` }, 'Hear'),
      h('button', { class: 'keep primary', onclick: () => keep(version) }, 'Keep')));
  item.draw = () => {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    canvas.width = width;
    canvas.height = height;
    drawSpectrumInto(canvas.getContext('2d'), width, height, passageOf(version), version, null, 256);
  };
  return item;
}

let seen = null;

function show() {
  const takes = openTakes();
  // New ones are brought to where people look.
  if (takes.length > 1 && takes[0].take !== seen) { seen = takes[0].take; $('pane-edit').scrollTop = 0; }
  $('takes-box').hidden = takes.length < 2;
  if (takes.length < 2) { $('takes-list').replaceChildren(); return; }
  const focused = [...$('takes-list').children].findIndex((item) => item.contains(document.activeElement));
  const button = document.activeElement?.className;
  $('takes-list').replaceChildren(...takes.map(card));
  if (focused >= 0) $('takes-list').children[focused]?.querySelector(`.${button.split(' ')[0]}`)?.focus();
  requestAnimationFrame(paint);
}

function paint() { for (const item of $('takes-list').children) item.draw?.(); }

$('takes-discard').onclick = guarded(async () => {
  for (const version of openTakes()) if (version.id !== head()?.id) await remove(`/api/versions/${version.id}`);
});

on('session', show);
on('tile look', () => requestAnimationFrame(paint));
