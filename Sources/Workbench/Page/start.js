// The start: drop, choose, pick one of the folder, go on with an earlier one, or begin from words.

import { get, post, upload } from './api.js';
import { $, bytes, date, guarded, h, notice } from './format.js';

export const go = (session) => { location.hash = session.id; };

let sending = null;

export async function send(file) {
  if (!file || sending) return;
  location.hash = '';
  $('upload').hidden = false;
  $('upload-text').textContent = `${file.name}, ${bytes(file.size)}`;
  sending = upload(file, (share) => {
    $('upload-bar').style.width = `${Math.round(100 * share)}%`;
    $('upload-text').textContent = share < 1 ? `${file.name}: ${Math.round(100 * share)} % of ${bytes(file.size)}` : `${file.name}: opening …`;
  });
  try {
    go(await sending.done);
  } catch (error) {
    if (error.name !== 'AbortError') notice(error.message);
  } finally {
    sending = null;
    $('upload').hidden = true;
    $('upload-bar').style.width = '0';
  }
}

$('choose').onclick = () => $('file').click();
$('file').onchange = (event) => { send(event.target.files[0]); event.target.value = ''; };
$('upload-cancel').onclick = () => sending?.cancel();

let depth = 0;
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
addEventListener('dragenter', (event) => { if (hasFiles(event)) { depth += 1; $('curtain').hidden = false; } });
addEventListener('dragleave', (event) => { if (hasFiles(event)) { depth -= 1; if (depth <= 0) $('curtain').hidden = true; } });
addEventListener('dragover', (event) => { if (hasFiles(event)) event.preventDefault(); });
addEventListener('drop', (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  $('curtain').hidden = true;
  send(event.dataTransfer.files[0]);
});

$('from-prompt').addEventListener('submit', (event) => {
  event.preventDefault();
  begin();
});

const begin = guarded(async () => {
  const prompt = $('start-prompt').value.trim();
  if (!prompt) { notice('Say in a few words what shall be heard.'); return; }
  const session = await post('/api/sessions', { name: prompt });
  await post(`/api/sessions/${session.id}/jobs`, {
    request: { version: 1, job: 'generate', duration: Number($('start-duration').value) || 5, condition: { prompt } },
  });
  go(session);
});

let files = [];

function showFiles() {
  const words = $('folder-filter').value.toLowerCase();
  const found = files.filter(({ name }) => name.toLowerCase().includes(words)).slice(0, 200);
  $('folder').replaceChildren(...found.map((file) => h('li', {}, h('button', {
    class: 'entry', 'data-name': file.name, onclick: guarded(async () => go(await post('/api/sessions', { file: file.id }))),
  }, h('span', {}, file.name), h('span', {}, bytes(file.bytes))))));
}
$('folder-filter').addEventListener('input', showFiles);

export const show = guarded(async (about) => {
  const [sessions, folder] = await Promise.all([get('/api/sessions'), about.hasFolder ? get('/api/folder') : []]);
  $('recent-box').hidden = !sessions.length;
  $('recent').replaceChildren(...sessions.slice(0, 12).map((session) => h('li', {}, h('button', {
    class: 'entry', title: `kept until ${date(session.expires)}`, onclick: () => go(session),
  }, h('span', {}, session.name), h('span', {}, date(session.used))))));
  files = folder;
  $('folder-box').hidden = !about.hasFolder;
  showFiles();
});
