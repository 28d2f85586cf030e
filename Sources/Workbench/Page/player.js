// Plays: blocks of samples are fetched ahead and put one after the other without a gap. Before and after run side by side, and a switch
// turns one up as the other goes down, so that nothing is lost or late.

import { $, notice, say } from './format.js';
import { before, changed, duration, head, on, selection, setView, state } from './state.js';

const AHEAD = 1.5;
const FADE = 0.006;

export const player = { isPlaying: false, side: 'after', gain: { before: 1, after: 1 }, switches: 0, starts: 0, isMatched: true, isLooped: false, isAround: false, isSolo: false, underruns: 0 };
let context = null;
let graph = null;
let run = 0;
let startedAt = 0;
let pieces = [];

// The passage that is played: from the cursor, or the selection.
function passage() {
  const mark = selection();
  const all = duration();
  if (mark && mark.end > mark.start) {
    if (player.isAround) return { start: Math.max(0, mark.start - 2), end: Math.min(all, mark.end + 2) };
    const isInside = state.cursor > mark.start && state.cursor < mark.end - 0.01;
    return { start: isInside ? state.cursor : mark.start, end: mark.end, loop: mark.start };
  }
  return { start: state.cursor >= all - 0.01 ? 0 : state.cursor, end: all, loop: 0 };
}

function prepare(rate) {
  if (context && context.sampleRate !== rate) { context.close(); context = null; }
  if (!context) {
    try { context = new AudioContext({ sampleRate: rate, latencyHint: 'interactive' }); } catch { context = new AudioContext(); }
  }
  context.resume();
  const output = context.createGain();
  output.connect(context.destination);
  graph = { output, before: context.createGain(), after: context.createGain(), filters: [] };
  const band = player.isSolo && selection()?.high ? selection() : null;
  let into = output;
  if (band) {
    // Two of each: 24 dB per octave.
    for (const [type, frequency] of [['highpass', band.low], ['highpass', band.low], ['lowpass', band.high], ['lowpass', band.high]]) {
      const filter = context.createBiquadFilter();
      filter.type = type;
      filter.frequency.value = Math.min(Math.max(frequency, 10), context.sampleRate / 2 - 10);
      filter.Q.value = type === 'highpass' ? 0 : 0;
      filter.connect(into);
      into = filter;
      graph.filters.push(filter);
    }
  }
  graph.before.connect(into);
  graph.after.connect(into);
  setSides(true);
}

function setSides(isAtOnce = false) {
  if (!graph) return;
  for (const side of ['before', 'after']) {
    const value = side === player.side ? (player.isMatched ? player.gain[side] : 1) : 0;
    const { gain } = graph[side];
    gain.cancelScheduledValues(context.currentTime);
    if (isAtOnce) gain.setValueAtTime(value, context.currentTime);
    else {
      gain.setValueAtTime(gain.value, context.currentTime);
      gain.linearRampToValueAtTime(value, context.currentTime + FADE);
    }
  }
}

async function samples(version, start, count) {
  if (start >= version.frames) return null;
  const response = await fetch(`/api/versions/${version.id}/samples?start=${start}&count=${count}`);
  if (!response.ok) throw new Error('the sound could not be read');
  const data = new Float32Array(await response.arrayBuffer());
  return { data, frames: data.length / version.channels };
}

function buffer(version, { data, frames }) {
  const count = Math.min(version.channels, 32);
  const result = context.createBuffer(count, frames, version.rate);
  for (let channel = 0; channel < count; channel += 1) {
    result.copyToChannel(data.subarray(channel * frames, (channel + 1) * frames), channel);
  }
  return result;
}

// The louder one is turned down to the level of the other.
function match(parts) {
  if (!parts.before || !parts.after) return;
  const level = ({ data }) => Math.sqrt(data.reduce((sum, sample) => sum + sample * sample, 0) / data.length);
  const [a, b] = [level(parts.before), level(parts.after)];
  player.gain = { before: 1, after: 1 };
  if (a > 1e-5 && b > 1e-5) {
    if (a > b) player.gain.before = Math.max(0.06, b / a);
    else player.gain.after = Math.max(0.06, a / b);
  }
  setSides(true);
}

export async function play() {
  const now = head();
  if (!now) return;
  stop(true);
  const mine = ++run;
  player.isPlaying = true;
  player.starts += 1;
  changed('playing');
  const { start, end, loop } = passage();
  const other = before();
  player.side = state.side === 'before' && other ? 'before' : 'after';
  prepare(now.rate);
  let at = start;
  let when = 0;
  let isFirst = true;
  const length = Math.min(4, Math.max(0.25, 2_000_000 / now.channels / now.rate));
  try {
    while (mine === run) {
      if (at >= end - 1e-9) {
        if (!player.isLooped || end - (loop ?? start) < 0.005) break;
        at = loop ?? start;
      }
      const span = Math.min(isFirst ? 0.6 : length, end - at);
      const frame = (version) => Math.round(at * version.rate);
      const count = (version) => Math.max(1, Math.round((at + span) * version.rate) - frame(version));
      const [after, past] = await Promise.all([samples(now, frame(now), count(now)), other ? samples(other, frame(other), count(other)) : null]);
      if (mine !== run) return;
      if (isFirst || player.gain.before === 1 && player.gain.after === 1) match({ after, before: past });
      if (isFirst) when = context.currentTime + 0.06;
      else if (when < context.currentTime) { player.underruns += 1; when = context.currentTime + 0.03; }
      const seconds = after ? after.frames / now.rate : span;
      for (const [side, version, part] of [['after', now, after], ['before', other, past]]) {
        if (!part) continue;
        const source = context.createBufferSource();
        source.buffer = buffer(version, part);
        source.connect(graph[side]);
        source.start(when);
        pieces.push({ source, when, at, seconds });
      }
      if (!after && !past) break;
      if (isFirst) { startedAt = when; follow(mine); }
      isFirst = false;
      when += seconds;
      at += span;
      pieces = pieces.filter((piece) => piece.when + piece.seconds > context.currentTime - 1);
      while (mine === run && when - context.currentTime > AHEAD + length / 2) await new Promise((resolve) => setTimeout(resolve, 60));
    }
    while (mine === run && context.currentTime < when) await new Promise((resolve) => setTimeout(resolve, 30));
    if (mine === run) stop();
  } catch (error) {
    if (mine === run) { stop(); notice(`It cannot be played: ${error.message}`); }
  }
}

// The cursor goes along with what is heard.
function follow(mine) {
  if (mine !== run || !player.isPlaying) return;
  const now = context.currentTime - (context.outputLatency || 0);
  const piece = pieces.findLast((candidate) => candidate.when <= now) ?? null;
  if (piece && now >= startedAt) {
    state.cursor = piece.at + Math.min(piece.seconds, now - piece.when);
    const { start, end } = state.view;
    if (state.cursor > end || state.cursor < start) setView(state.cursor, state.cursor + end - start);
    changed('cursor');
  }
  requestAnimationFrame(() => follow(mine));
}

export function stop(isQuiet = false) {
  run += 1;
  for (const { source } of pieces) { try { source.stop(); } catch { /* it had ended */ } }
  pieces = [];
  if (graph) { graph.output.disconnect(); graph = null; }
  if (player.isPlaying && !isQuiet) { player.isPlaying = false; changed('playing'); }
  player.isPlaying = false;
}

export const toggle = () => (player.isPlaying ? stop() : play());

export function seek(time) {
  state.cursor = Math.min(Math.max(0, time), duration());
  changed('cursor');
  if (player.isPlaying) play();
}

// Before or after, at the same place, without a gap.
export function hear(side) {
  if (!before()) return;
  state.side = side;
  player.side = side;
  player.switches += 1;
  setSides();
  say(side === 'before' ? 'before' : 'after');
  changed('look');
}

export const switchSides = () => hear(state.side === 'before' ? 'after' : 'before');

function pressed(id, key, isAgain = true) {
  player[key] = !player[key];
  $(id).setAttribute('aria-pressed', player[key]);
  if (key === 'isMatched') setSides();
  else if (isAgain && player.isPlaying) play();
}
export const toggleLoop = () => pressed('loop', 'isLooped', false);
export const toggleAround = () => pressed('around', 'isAround');
export const toggleSolo = () => !$('solo').disabled && pressed('solo', 'isSolo');

$('play').onclick = toggle;
$('loop').onclick = toggleLoop;
$('around').onclick = toggleAround;
$('solo').onclick = toggleSolo;
$('match').onclick = () => pressed('match', 'isMatched');
$('side-a').onclick = () => hear('before');
$('side-b').onclick = () => hear('after');
$('difference').onclick = () => toggleDifference();

export function toggleDifference() {
  if (!before()) return;
  state.difference = !state.difference;
  changed('look');
}

on('playing', () => {
  $('play-icon').setAttribute('d', player.isPlaying ? 'M6 5h4v14H6zM14 5h4v14h-4z' : 'M7 4v16l13-8z');
  $('play').setAttribute('aria-label', player.isPlaying ? 'Stop' : 'Play');
});

on('look session', () => {
  $('ab').hidden = !before();
  if (!before()) { state.side = 'after'; state.difference = false; }
  $('side-a').setAttribute('aria-pressed', state.side === 'before');
  $('side-b').setAttribute('aria-pressed', state.side !== 'before');
  $('difference').setAttribute('aria-pressed', state.difference);
});

on('session', () => { if (player.isPlaying && !state.versions.has(head()?.id)) stop(); });
on('marks', () => {
  const has = Boolean(selection()?.high);
  $('solo').disabled = !has;
  if (!has) { player.isSolo = false; $('solo').setAttribute('aria-pressed', false); }
});
