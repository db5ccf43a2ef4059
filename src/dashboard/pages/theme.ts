import { signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'salvor-theme';
const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === value) ?? 'auto';
}

export const theme = signal<Theme>('auto');
/** Increments when the colors change, so that canvases are redrawn. */
export const colors = signal(0);

export function applyTheme(chosen: Theme = stored()): void {
  theme.value = chosen;
  localStorage.setItem(KEY, chosen);
  if (chosen === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  colors.value += 1;
}

/** Cycles through automatic, light and dark. */
export function nextTheme(): void {
  applyTheme(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto');
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colors.value += 1;
});
