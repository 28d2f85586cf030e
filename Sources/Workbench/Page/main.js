// Puts the page together: which session is open, what its events change.

import { get, listen, patch } from './api.js';
import { $, channels, clock, guarded, notice, say } from './format.js';
import { adopt, changed, head, load, on, state } from './state.js';
import { makeJobs } from './panel.js';
import { forgetInexact, isLoading } from './tiles.js';
import { drawn } from './picture.js';
import { player, stop } from './player.js';
import { show as showCursor } from './pointer.js';
import { show as showStart } from './start.js';
import { useTheme } from './theme.js';
import { title } from './history.js';
import './keys.js';
import './labels.js';
import './takes.js';

let stream = null;

const open = guarded(async () => {
  const id = location.hash.slice(1);
  stop();
  stream?.close();
  stream = null;
  $('line').hidden = true;
  if (!id) {
    state.session = null;
    show(false);
    document.title = 'Retouch';
    await showStart(state.about);
    return;
  }
  try {
    await load(id);
  } catch (error) {
    notice(error.message);
    location.hash = '';
    return;
  }
  show(true);
  changed('view');
  changed('jobs');
  stream = listen(id, events(id));
});

function show(isOpen) {
  $('start').hidden = isOpen;
  $('work').hidden = !isOpen;
  $('title').hidden = !isOpen;
  for (const name of ['undo', 'redo', 'download']) if (!isOpen) $(name).hidden = true;
}

// Several events in a row ask for the session once.
let reload = null;
const again = guarded(async () => {
  const id = state.session?.id;
  clearTimeout(reload);
  reload = setTimeout(guarded(async () => {
    if (id && id === state.session?.id) {
      const wasEmpty = !head();
      await load(id);
      if (wasEmpty && head()) { state.view = { start: 0, end: head().duration }; changed('view'); }
      changed('jobs');
    }
  }), 60);
});

const events = (id) => ({
  line: (isOpen) => { $('line').hidden = isOpen; },
  reset: again,
  session: again,
  gone: again,
  version: (version) => {
    say(`made: ${title(version)}`);
    again();
  },
  job: (job) => {
    if (state.session?.id !== id) return;
    state.jobs.set(job.id, job);
    if (job.state !== 'running' && job.state !== 'queued') {
      state.previews.delete(job.id);
      changed('preview');
    }
    if (job.state === 'failed') {
      $('edit-error').textContent = job.error;
      $('edit-error').hidden = false;
      notice(job.error);
    }
    if (job.state === 'done') again();
    changed('jobs');
  },
  preview: (preview) => {
    state.previews.set(preview.job, preview);
    changed('preview');
  },
  outline: ({ version }) => forgetInexact(version),
});

// A browser has six lines to a server for all its tabs: a page that nobody sees gives its own back.
function rest() {
  stream?.close();
  stream = null;
}
function wake() {
  if (!document.hidden && state.session && !stream) stream = listen(state.session.id, events(state.session.id));
}
document.addEventListener('visibilitychange', () => (document.hidden ? rest() : wake()));
addEventListener('pagehide', rest);
addEventListener('pageshow', wake);

on('session', () => {
  const now = head();
  $('session-name').value = state.session?.name ?? '';
  document.title = state.session ? `${state.session.name} – Retouch` : 'Retouch';
  $('facts').textContent = now ? `${now.encoding}, ${now.rate} Hz, ${channels(now.channels)}, ${clock(now.duration)}` : 'no sound yet';
  showCursor(null);
});
on('cursor', () => showCursor(null));

$('session-name').addEventListener('change', guarded(async (event) => {
  if (event.target.value.trim()) adopt(await patch(`/api/sessions/${state.session.id}`, { name: event.target.value.trim() }));
}));
$('session-name').addEventListener('keydown', (event) => { if (event.key === 'Enter') event.target.blur(); });

// Tabs.
const tabs = [...document.querySelectorAll('[role=tab]')];
function choose(tab, isFocused = true) {
  for (const other of tabs) {
    const isChosen = other === tab;
    other.setAttribute('aria-selected', isChosen);
    other.tabIndex = isChosen ? 0 : -1;
    $(other.getAttribute('aria-controls')).hidden = !isChosen;
  }
  if (isFocused) tab.focus();
  changed('look');
}
for (const tab of tabs) {
  tab.onclick = () => choose(tab);
  tab.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]);
  });
}

// Pictures.
$('axis').value = state.axis;
$('axis').onchange = (event) => { state.axis = event.target.value; localStorage.setItem('axis', state.axis); changed('look'); };
$('brightness').value = state.brightness;
$('brightness').oninput = (event) => { state.brightness = Number(event.target.value); localStorage.setItem('brightness', state.brightness); changed('look'); };

$('home').onclick = () => { location.hash = ''; };
$('help').onclick = () => $('help-box').showModal();
for (const button of document.querySelectorAll('dialog .close')) button.onclick = () => button.closest('dialog').close();
addEventListener('hashchange', open);
useTheme(() => changed('theme'));

// For tests: what a person would see and hear, as values.
window.retouch = { state, player, drawn, isLoading, head };

guarded(async () => {
  state.about = await get('/api');
  makeJobs();
  await open();
})();
