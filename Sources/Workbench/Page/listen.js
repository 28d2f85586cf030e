// A listening test: blind, in random order, overall quality and relevance to the words from 1 to 100.

import { get, post } from './api.js';
import { $, guarded, h } from './format.js';
import { useTheme } from './theme.js';

let test = null;
let order = [];
let place = 0;
let listener = '';
let context = null;
let source = null;
let heard = false;
let touched = new Set();

const sections = ['welcome', 'item', 'thanks', 'results'];
let current = 'welcome';
function show(name) {
  for (const section of sections) $(section).hidden = section !== name;
  if (name !== 'results') current = name;
}

// Fisher and Yates.
function shuffled(items) {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1));
    [result[index], result[other]] = [result[other], result[index]];
  }
  return result;
}

$('begin').addEventListener('submit', (event) => {
  event.preventDefault();
  listener = $('listener').value.trim();
  if (!listener) return;
  order = shuffled(test.items);
  place = 0;
  next();
});

function next() {
  stop();
  if (place >= order.length) { show('thanks'); return; }
  const item = order[place];
  show('item');
  heard = false;
  touched = new Set();
  $('count').textContent = `Sound ${place + 1} of ${order.length}`;
  $('meter-bar').style.width = `${(100 * place) / order.length}%`;
  $('meter').setAttribute('aria-valuenow', Math.round((100 * place) / order.length));
  $('prompt').textContent = item.prompt ? `“${item.prompt}”` : '';
  $('rel-box').hidden = !item.prompt;
  for (const id of ['ovl', 'rel']) { $(id).value = 50; $(`${id}-text`).textContent = '–'; }
  check();
  $('play').focus();
}

function check() {
  const needed = order[place]?.prompt ? 2 : 1;
  $('next').disabled = !heard || touched.size < needed;
  $('hint').hidden = !$('next').disabled;
}

for (const id of ['ovl', 'rel']) {
  $(id).addEventListener('input', () => { touched.add(id); $(`${id}-text`).textContent = $(id).value; check(); });
  // Who means 50 says so by a click or a key.
  $(id).addEventListener('click', () => { touched.add(id); $(`${id}-text`).textContent = $(id).value; check(); });
}

function stop() {
  if (source) { source.onended = null; source.stop(); source = null; }
  $('play').textContent = 'Play';
}

$('play').onclick = guarded(async () => {
  if (source) { stop(); return; }
  context ??= new AudioContext();
  await context.resume();
  const item = order[place];
  const version = await get(`/api/versions/${item.version}`);
  const count = Math.min(version.frames, Math.floor(4_000_000 / version.channels));
  const response = await fetch(`/api/versions/${item.version}/samples?start=0&count=${count}`);
  if (!response.ok) throw new Error('The sound could not be read.');
  const data = new Float32Array(await response.arrayBuffer());
  const buffer = context.createBuffer(version.channels, data.length / version.channels, version.rate);
  for (let channel = 0; channel < version.channels; channel += 1) {
    buffer.copyToChannel(data.subarray(channel * buffer.length, (channel + 1) * buffer.length), channel);
  }
  source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.onended = () => { source = null; $('play').textContent = 'Play again'; };
  source.start();
  $('play').textContent = 'Stop';
  heard = true;
  check();
});

$('rate').addEventListener('submit', (event) => {
  event.preventDefault();
  if ($('next').disabled) return;
  send();
});

const send = guarded(async () => {
  const item = order[place];
  const rating = { item: item.id, listener, ovl: Number($('ovl').value) };
  if (item.prompt) rating.rel = Number($('rel').value);
  await post(`/api/listening-tests/${test.id}/ratings`, rating);
  place += 1;
  next();
});

const value = (summary) => {
  if (!summary) return '–';
  const interval = summary.interval === null || summary.interval === undefined ? '' : ` ± ${summary.interval.toFixed(1)}`;
  return `${summary.mean.toFixed(1)}${interval}`;
};

$('show-results').onclick = guarded(async () => {
  const results = await get(`/api/listening-tests/${test.id}/results`);
  $('results-title').textContent = `Results of ${results.name}`;
  $('results-text').textContent = `${results.listeners} listener${results.listeners === 1 ? '' : 's'}; means with their 95 % confidence intervals.`;
  $('rows').replaceChildren(...[...results.items, results.all].map((line) => h('tr', {},
    h('td', {}, line.name), h('td', {}, line.prompt), h('td', {}, `${line.ratings}`), h('td', {}, value(line.ovl)), h('td', {}, value(line.rel)))));
  $('csv').href = `/api/listening-tests/${test.id}/results?format=csv`;
  show('results');
});
$('back').onclick = () => show(current);

useTheme();
guarded(async () => {
  const id = location.hash.slice(1);
  if (!id) {
    $('name').textContent = 'Listening tests';
    show('welcome');
    $('begin').hidden = true;
    $('show-results').hidden = true;
    document.querySelector('.lead').textContent = 'Open a sound in the workbench, make some versions, and choose “Listening test…” under History: you get a link to send to the listeners.';
    return;
  }
  test = await get(`/api/listening-tests/${id}`);
  $('name').textContent = test.name;
  show('welcome');
})();
