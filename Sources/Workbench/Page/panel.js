// The form that says what is done: job, words, strength, takes; and what will happen, before it happens.

import { post, remove } from './api.js';
import { $, about, clock, guarded, h, length } from './format.js';
import { changed, chosen, head, on, state } from './state.js';

const JOBS = {
  inpaint: {
    name: 'Fill', text: 'Makes the selection anew from what is around it.', prompt: 'as around it', low: 'what fits best', high: 'from nothing',
    needs: 'region', usual: 'usual',
  },
  upsample: {
    name: 'Upsample', text: 'Adds the treble that the whole sound lacks above its band.', prompt: null, low: 'most likely', high: 'from nothing',
    needs: 'sound', usual: 'usual',
  },
  restyle: {
    name: 'Restyle', text: 'Draws the selection, or all of it, towards your words.', prompt: 'a motor engine running', low: 'as it is', high: 'made anew',
    needs: 'prompt', usual: null,
  },
  generate: {
    name: 'Generate', text: 'Makes a new sound from your words, beside the one that is open.', prompt: 'rain falling on a tin roof', needs: 'words',
  },
  extend: {
    name: 'Extend', text: 'Goes on with the sound beyond its end.', prompt: 'as it was', low: 'as it was', high: 'from nothing',
    needs: 'sound', usual: 'usual',
  },
  loop: {
    name: 'Loop', text: 'Leads the sound’s end into its beginning, to be played again and again.', prompt: null, low: 'what fits best', high: 'from nothing',
    needs: 'sound', usual: 'usual',
  },
};

// They begin with passages of the sound.
const DRAFTED = ['inpaint', 'extend', 'loop'];

const form = { job: 'inpaint', strength: { inpaint: null, upsample: null, restyle: 50 } };

export function makeJobs() {
  const box = $('jobs');
  box.replaceChildren();
  for (const job of Object.keys(JOBS).filter((name) => state.about.jobs.includes(name))) {
    box.append(h('button', {
      type: 'button', role: 'radio', id: `job-${job}`, 'aria-checked': false, tabIndex: -1,
      onclick: () => chooseJob(job), onkeydown: (event) => moveJob(event, job),
    }, JOBS[job].name));
  }
  chooseJob(form.job, false);
}

function moveJob(event, job) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const all = [...$('jobs').children].map((button) => button.id.slice(4));
  chooseJob(all[(all.indexOf(job) + step + all.length) % all.length]);
}

export function chooseJob(job, isFocused = true) {
  form.job = job;
  for (const button of $('jobs').children) {
    const isChosen = button.id === `job-${job}`;
    button.setAttribute('aria-checked', isChosen);
    button.tabIndex = isChosen ? 0 : -1;
    if (isChosen && isFocused) button.focus();
  }
  const { text, prompt, low, high, name } = JOBS[job];
  $('job-text').textContent = text;
  $('prompt-label').hidden = $('prompt').hidden = prompt === null;
  $('prompt').placeholder = prompt ?? '';
  $('duration-row').hidden = job !== 'generate' && job !== 'extend';
  $('strength-row').hidden = !high;
  $('strength-low').textContent = low ?? '';
  $('strength-high').textContent = high ?? '';
  const kept = form.strength[job];
  $('strength').value = kept ?? (DRAFTED.includes(job) ? 10 : 50);
  $('strength').dataset.usual = kept === null || kept === undefined ? 'yes' : '';
  for (const part of document.querySelectorAll('.upsample-only')) part.hidden = job !== 'upsample';
  $('go').textContent = name;
  $('edit-error').hidden = true;
  showStrength();
  plan();
}

function showStrength() {
  const isUsual = $('strength').dataset.usual === 'yes';
  // With words a fill is made from nothing unless somebody says otherwise.
  const isPrompted = $('prompt').value.trim() !== '' && !$('prompt').hidden;
  if (isUsual && DRAFTED.includes(form.job)) $('strength').value = isPrompted ? 100 : 10;
  const defaults = state.about.defaults[form.job] ?? {};
  $('steps').placeholder = defaults.steps ?? '';
  $('guidance').placeholder = (isPrompted ? defaults.promptedGuidance : defaults.guidance) ?? '';
  const value = `${$('strength').value} %`;
  $('strength-text').textContent = isUsual && form.job !== 'restyle' ? 'as the model is best' : value;
}

$('strength').addEventListener('input', () => {
  form.strength[form.job] = Number($('strength').value);
  $('strength').dataset.usual = '';
  showStrength();
});

const number = (id) => ($(id).value.trim() === '' ? undefined : Number($(id).value));

// Whether a mark is a rectangle of some frequencies.
const isBox = ({ low }) => low !== null && low !== undefined;

// The request as the server, a recipe and the command line have it.
export function request() {
  const job = form.job;
  const regions = chosen().map(({ start, end, low, high }) => (isBox({ low }) ? { start, end, low, high } : { start, end }));
  const settings = { seed: number('seed') ?? 0 };
  for (const key of ['steps', 'guidance', 'passes']) {
    const value = number(key);
    if (value !== undefined && !(key === 'passes' && value === 1)) settings[key] = value;
  }
  if ($('sampler').value) settings.sampler = $('sampler').value;
  if ($('encoding').value) settings.encoding = $('encoding').value;
  const condition = {};
  if ($('prompt').value.trim() && !$('prompt').hidden) condition.prompt = $('prompt').value.trim();
  if ($('negative').value.trim()) condition.negative_prompt = $('negative').value.trim();
  const result = { version: 1, job, settings, condition };
  const strength = form.strength[job];
  if (strength !== null && strength !== undefined) result.strength = strength / 100;
  if (job === 'inpaint' || (job === 'restyle' && regions.length)) result.regions = regions;
  if (job === 'upsample' && number('cutoff')) result.cutoff = number('cutoff');
  if (job === 'upsample' && $('holes').checked) result.holes = true;
  if (job === 'extend') result.after = number('duration') ?? 5;
  if (job === 'generate') {
    result.duration = number('duration') ?? 5;
    // Takes to choose from are made one by one; each is one take then.
    if (takes() > 1) result.takes = 1;
  }
  return result;
}

const takes = () => Math.min(9, Math.max(1, Math.round(number('takes') ?? 1)));

function missing() {
  const { needs } = JOBS[form.job];
  if (needs !== 'words' && !head()) return 'Open a sound first.';
  if (needs === 'region' && !chosen().length) return 'Drag over what shall be filled, in the waveform or the spectrogram.';
  if ((needs === 'prompt' || needs === 'words') && !$('prompt').value.trim()) return 'Say in a few words what shall be heard.';
  return null;
}

function sentence() {
  const regions = chosen();
  const total = regions.reduce((sum, { start, end }) => sum + end - start, 0);
  const where = regions.length === 1 ? `from ${clock(regions[0].start)} to ${clock(regions[0].end)}` : `in ${regions.length} places`;
  const boxes = regions.filter(isBox).length;
  const rest = boxes && boxes === regions.length
    ? 'the other frequencies there stay, and outside its time every sample, bit for bit' : 'every other sample stays as it is, bit for bit';
  switch (form.job) {
    case 'inpaint': return `Fills ${length(total)} ${where}; ${rest}.`;
    case 'restyle': return regions.length ? `Restyles ${length(total)} ${where}; ${rest}.` : `Restyles all of it, ${length(head().duration)}.`;
    case 'extend': return `Adds ${length(number('duration') ?? 5)} after its end; the sound itself stays, bit for bit.`;
    case 'loop': return `Makes its last ${length(Math.min(1, head().duration / 4))} anew, so that its end leads into its beginning.`;
    case 'upsample': return `Adds a band to all of it, ${length(head().duration)}; the band below stays${$('holes').checked ? ' but for its holes' : ''}.`;
    default: return `Makes ${length(number('duration') ?? 5)} of sound.`;
  }
}

let planTimer;
let planned = 0;

// Says what will happen and about how long it takes.
export function plan() {
  if (!state.session || !state.about) return;
  const lack = missing();
  $('plan').textContent = lack ?? sentence();
  clearTimeout(planTimer);
  if (lack) return;
  const mine = ++planned;
  planTimer = setTimeout(async () => {
    try {
      const { seconds, wait } = await post(`/api/sessions/${state.session.id}/estimates`, body());
      if (mine !== planned) return;
      const queue = wait > 2 ? `, and begins in ${about(wait)}` : '';
      $('plan').textContent = `${sentence()} It takes ${about(seconds)}${queue}.`;
      $('edit-error').hidden = true;
    } catch (error) {
      if (mine === planned) fail(error.message);
    }
  }, 250);
}

const body = () => ({ version: form.job === 'generate' ? null : head()?.id ?? null, takes: takes(), request: request() });

function fail(text) {
  $('edit-error').textContent = text;
  $('edit-error').hidden = false;
}

export async function go() {
  const lack = missing();
  if (lack) {
    fail(lack);
    if (lack.startsWith('Say')) $('prompt').focus();
    return;
  }
  $('go').disabled = true;
  try {
    const jobs = await post(`/api/sessions/${state.session.id}/jobs`, body());
    for (const job of jobs) if (!state.jobs.has(job.id)) state.jobs.set(job.id, job);
    $('edit-error').hidden = true;
    changed('jobs');
  } catch (error) {
    fail(error.message);
  } finally {
    $('go').disabled = false;
  }
}

$('edit').addEventListener('submit', (event) => { event.preventDefault(); go(); });
$('edit').addEventListener('input', plan);
$('prompt').addEventListener('input', showStrength);
$('prompt').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); go(); }
});
on('marks session', plan);

// What is being made, or waits.
const STAGES = { read: 'reading', listen: 'listening', condition: 'reading the words', encode: 'encoding', denoise: 'making', decode: 'decoding', vocode: 'sounding', write: 'writing' };

// Cards are made once and changed in place: a button under somebody's finger stays the same button.
function card(job) {
  const bar = h('div', {});
  const meter = h('div', { class: 'meter', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': 0, 'aria-label': 'Progress' }, bar);
  const text = h('p', { class: 'small muted' });
  const name = job.isExport ? `Writing as ${job.format}` : JOBS[job.job]?.name ?? job.job;
  const item = h('li', { class: 'job-card', id: `job-card-${job.id}` },
    h('div', { class: 'row between' },
      h('strong', {}, name),
      h('button', { class: 'tool', onclick: guarded(() => remove(`/api/jobs/${job.id}`)), 'aria-label': `Cancel: ${name}` }, 'Cancel')),
    meter, text);
  item.show = ({ state: word, place, progress }) => {
    const percent = Math.round(100 * (progress?.fraction ?? 0));
    bar.style.width = `${percent}%`;
    meter.setAttribute('aria-valuenow', percent);
    const left = progress?.secondsLeft;
    const making = `${STAGES[progress?.stage] ?? progress?.stage ?? 'begins'}${left ? `, ${about(left)} left` : ''}`;
    text.textContent = word === 'queued' ? (place > 0 ? `waits; ${place} before it` : 'waits') : making;
  };
  return item;
}

on('jobs session', () => {
  const open = [...state.jobs.values()].filter((job) => job.state === 'queued' || job.state === 'running');
  open.sort((a, b) => (a.state === 'queued') - (b.state === 'queued') || a.created - b.created);
  if (open.length && $('running-box').hidden) $('pane-edit').scrollTop = 0;
  $('running-box').hidden = !open.length;
  const cards = new Map([...$('running').children].map((item) => [item.id, item]));
  for (const [id, item] of cards) if (!open.some((job) => `job-card-${job.id}` === id)) item.remove();
  for (const job of open) {
    const item = cards.get(`job-card-${job.id}`) ?? $('running').appendChild(card(job));
    item.show(job);
  }
});
