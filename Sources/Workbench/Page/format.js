// Times, numbers and sizes as people read and type them.

export function clock(seconds, digits = 3) {
  if (!Number.isFinite(seconds)) return '—';
  const sign = seconds < 0 ? '−' : '';
  const whole = Math.abs(seconds);
  const unit = 10 ** digits;
  const rounded = Math.round(whole * unit) / unit;
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor(rounded / 60) % 60;
  const rest = (rounded - hours * 3600 - minutes * 60).toFixed(digits);
  if (hours) return `${sign}${hours}:${String(minutes).padStart(2, '0')}:${rest.padStart(digits ? 3 + digits : 2, '0')}`;
  return `${sign}${minutes}:${rest.padStart(digits ? 3 + digits : 2, '0')}`;
}

// 1:02.5, 62.5, 1:00:02 — null for anything else.
export function seconds(text) {
  const parts = text.trim().replace(',', '.').split(':');
  if (parts.length > 3 || parts.some((part) => !/^\d*\.?\d*$/.test(part) || part === '' || part === '.')) return null;
  return parts.reduce((sum, part) => sum * 60 + Number(part), 0);
}

// A length of work for people: "about 2 s", "about 3 min".
export function about(value) {
  if (value < 1.5) return 'about a second';
  if (value < 90) return `about ${Math.round(value)} s`;
  if (value < 5400) return `about ${Math.round(value / 60)} min`;
  return `about ${(value / 3600).toFixed(1)} h`;
}

export function length(value) {
  return value < 60 ? `${value.toFixed(3)} s` : clock(value);
}

export function bytes(count) {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) { count /= 1000; unit += 1; }
  return `${count < 10 && unit ? count.toFixed(1) : Math.round(count)} ${units[unit]}`;
}

export function hertz(value) {
  return value >= 1000 ? `${(value / 1000).toFixed(value >= 10000 ? 1 : 2)} kHz` : `${Math.round(value)} Hz`;
}

export function channels(count) {
  return count === 1 ? 'mono' : count === 2 ? 'stereo' : `${count} channels`;
}

export function date(epoch) {
  return new Date(epoch * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

// Makes an element: h('button', { class: 'tool', onclick: f }, 'Text', child).
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key in element && key !== 'list' && !key.startsWith('aria')) {
      try { element[key] = value; } catch { element.setAttribute(key, value); }
    } else element.setAttribute(key === 'class' ? 'class' : key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);

let noticeTimer;
export function notice(text, isPlain = false) {
  const box = $('notice');
  box.textContent = text;
  box.classList.toggle('plain', isPlain);
  box.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { box.hidden = true; }, isPlain ? 4000 : 9000);
}

export function say(text) { $('said').textContent = text; }

// Runs work of a button, and shows what fails where people look.
export function guarded(work) {
  return async (...rest) => {
    try {
      return await work(...rest);
    } catch (error) {
      if (error.name !== 'AbortError') notice(error.message);
    }
  };
}
