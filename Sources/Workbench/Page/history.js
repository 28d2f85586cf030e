// Versions as a tree: what was made of what. Undo goes to the parent, redo to the child that was left last.

import { get, patch, post, remove } from './api.js';
import { $, about, clock, date, guarded, h, notice, say } from './format.js';
import { before, changed, goTo, head, on, state } from './state.js';
import { figures } from './takes.js';

const NAMES = { inpaint: 'Fill', upsample: 'Upsample', restyle: 'Restyle', generate: 'Generate', remake: 'Remake', extend: 'Extend', loop: 'Loop' };
const left = new Map();

export function title(version) {
  if (version.name) return version.name;
  if (!version.job) return version.title;
  const { request } = version;
  const regions = request.regions ?? [];
  const where = regions.length === 1 ? ` ${clock(regions[0].start, 2)}–${clock(regions[0].end, 2)}` : regions.length ? ` ${regions.length} places` : '';
  const words = request.condition?.prompt ? ` “${request.condition.prompt.slice(0, 40)}”` : '';
  const seed = version.take ? `, seed ${request.settings?.seed ?? 0}` : '';
  return `${NAMES[version.job] ?? version.job}${where}${words}${seed}`;
}

const children = (id) => [...state.versions.values()].filter((version) => version.parent === id).sort((a, b) => a.created - b.created);

export const undo = guarded(async () => {
  const now = head();
  if (!now?.parent || !state.versions.has(now.parent)) return;
  left.set(now.parent, now.id);
  await goTo(now.parent);
  say(`undone: ${title(now)}`);
});

export const redo = guarded(async () => {
  const now = head();
  if (!now) return;
  const next = state.versions.get(left.get(now.id)) ?? children(now.id).at(-1);
  if (!next) return;
  await goTo(next.id);
  say(`again: ${title(next)}`);
});

function rename(version, button) {
  const input = h('input', { value: title(version), maxLength: 120, 'aria-label': 'Name of this version' });
  let isDone = false;
  const finish = guarded(async (isKept) => {
    if (isDone) return;
    isDone = true;
    if (isKept && input.value.trim() !== title(version)) await patch(`/api/versions/${version.id}`, { name: input.value.trim() });
    changed('session');
  });
  input.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Enter') finish(true);
    if (event.key === 'Escape') finish(false);
  });
  input.addEventListener('blur', () => finish(true));
  button.replaceWith(input);
  input.select();
  input.focus();
}

// The whole way from the sound that was opened to this version, a command for each step.
function commands(version) {
  const steps = [];
  for (let step = version; step; step = state.versions.get(step.parent)) if (step.command) steps.unshift(step.command);
  return steps.join('\n');
}

function item(version) {
  const isHead = version.id === head()?.id;
  const isOther = version.id === before()?.id;
  const more = children(version.id);
  const name = h('button', { class: 'name', onclick: guarded(() => goTo(version.id)), 'aria-current': isHead ? 'true' : 'false', title: 'Go on from this version' }, title(version));
  const command = commands(version);
  const isLeaf = !more.length && !isHead;
  return h('li', {},
    h('div', { class: `version${isHead ? ' head' : ''}`, id: `version-${version.id}` },
      h('div', { class: 'row between' }, name, isHead ? h('span', { class: 'badge' }, 'shown') : isOther ? h('span', { class: 'badge' }, 'before') : null),
      h('p', { class: 'figures' }, [version.encoding, clock(version.duration), figures(version.report)].filter(Boolean).join(' · ')),
      h('div', { class: 'row wrap' },
        h('button', { class: 'tool rename', onclick: () => rename(version, name) }, 'Rename'),
        isHead ? null : h('button', { class: 'tool compare', onclick: () => compare(version) }, 'Compare'),
        command ? h('button', { class: 'tool copy', onclick: guarded(() => copy(command)), title: command }, 'Copy command') : null,
        isLeaf ? h('button', { class: 'tool remove', onclick: guarded(() => remove(`/api/versions/${version.id}`)) }, 'Remove') : null)),
    more.length ? h('ul', {}, ...more.map(item)) : null);
}

// Any version against the one that is shown.
function compare(version) {
  state.against = version.id;
  changed('session');
  say(`${title(version)} is what is heard as before`);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice('Copied: paste it into a terminal beside the file.', true);
  } catch {
    notice(text, true);
  }
}

function show() {
  if (!state.session) return;
  const roots = [...state.versions.values()].filter((version) => !state.versions.has(version.parent)).sort((a, b) => a.created - b.created);
  $('history').replaceChildren(...roots.map(item));
  $('undo').hidden = $('redo').hidden = $('download').hidden = !head();
  $('undo').disabled = !head() || !state.versions.has(head().parent);
  $('redo').disabled = !head() || !children(head().id).length;
  $('expiry').textContent = `It is removed when nobody uses it until ${date(state.session.expires)}.`;
}

on('session', show);
$('undo').onclick = undo;
$('redo').onclick = redo;

$('remove-session').onclick = guarded(async () => {
  if (!window.confirm(`Remove “${state.session.name}” with all its versions? Nothing of it is kept here.`)) return;
  await remove(`/api/sessions/${state.session.id}`);
  location.hash = '';
});

// Taking away.
const box = $('download-box');

function link(url, name) {
  const anchor = h('a', { href: url, download: name ?? '' });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
}

$('download').onclick = () => {
  const now = head();
  const formats = now.job ? [now.format, ...state.about.formats.filter((format) => format !== now.format)] : [now.format];
  $('format').replaceChildren(...formats.map((format, index) => h('option', { value: format }, index ? format : `${format}, as the source`)));
  $('download-name').textContent = now.title;
  $('download-recipe').hidden = !now.job;
  $('download-recipe').href = `/api/versions/${now.id}/recipe`;
  $('download-labels').href = `/api/sessions/${state.session.id}/labels`;
  $('download-text').textContent = '';
  box.showModal();
};

$('format').onchange = () => {
  const now = head();
  const format = $('format').value;
  const isReady = format === now.format || now.exports.includes(format);
  $('download-text').textContent = isReady ? '' : `The edit is made once more, into ${format}; it takes ${about(now.report?.seconds ?? 5)}.`;
};

$('download-sound').onclick = guarded(async () => {
  const now = head();
  const format = $('format').value;
  const url = `/api/versions/${now.id}/sound?format=${format}`;
  if (format !== now.format && !now.exports.includes(format)) {
    $('download-sound').disabled = true;
    try {
      await made(await post(`/api/versions/${now.id}/exports`, { format }));
    } catch (error) {
      $('download-text').textContent = error.message;
      return;
    } finally {
      $('download-sound').disabled = false;
    }
    now.exports.push(format);
    $('download-text').textContent = '';
  }
  link(url);
});

async function made(job) {
  for (;;) {
    const now = await get(`/api/jobs/${job.id}`);
    if (now.state === 'done') return;
    if (now.state === 'failed' || now.state === 'cancelled') throw new Error(now.error ?? 'it was cancelled');
    $('download-text').textContent = now.state === 'queued' ? 'It waits …' : `${Math.round(100 * (now.progress?.fraction ?? 0))} %`;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

// A listening test of some versions.
$('make-test').onclick = () => {
  $('test-link').replaceChildren();
  $('test-items').replaceChildren(...[...state.versions.values()].map((version) => {
    const prompt = version.request?.condition?.prompt ?? '';
    return h('li', { class: 'row' },
      h('input', { type: 'checkbox', id: `pick-${version.id}`, checked: Boolean(version.job), value: version.id, 'data-prompt': prompt }),
      h('label', { htmlFor: `pick-${version.id}` }, title(version)));
  }));
  $('test-box').showModal();
};

$('test-go').onclick = guarded(async () => {
  const items = [...$('test-items').querySelectorAll('input:checked')].map((input) => ({ version: input.value, prompt: input.dataset.prompt }));
  if (!items.length) { $('test-link').textContent = 'Choose at least one sound.'; return; }
  const test = await post('/api/listening-tests', { name: `${state.session.name}`, items });
  $('test-link').replaceChildren('Send this link to the listeners: ', h('a', { href: `/listen#${test.id}`, target: '_blank' }, `${location.origin}/listen#${test.id}`));
});
