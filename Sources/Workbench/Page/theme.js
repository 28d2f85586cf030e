// Light or dark: as the system has it, until somebody says otherwise.

import { $ } from './format.js';

const dark = matchMedia('(prefers-color-scheme: dark)');
const current = () => localStorage.getItem('theme') ?? (dark.matches ? 'dark' : 'light');

export function useTheme(onChange = () => {}) {
  const set = () => { document.documentElement.dataset.theme = current(); onChange(); };
  dark.addEventListener('change', set);
  $('theme')?.addEventListener('click', () => {
    localStorage.setItem('theme', current() === 'dark' ? 'light' : 'dark');
    set();
  });
  set();
}
