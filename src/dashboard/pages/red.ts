import { signal } from '@preact/signals';
import type { Overview } from '../api/overview.js';
import { ask, Problem } from './client.js';

/** Number of issues that are red; undefined if unknown. */
const redCauses = signal<number | undefined>(undefined);
/** The page title, without the count in front of it. */
const title = signal('Salvor');

const EVERY_MS = 30_000;

/** Keeps the title and icon of the tab current on every page. Returns a function that stops it. */
export function followRed(): () => void {
  const look = async (): Promise<void> => {
    try {
      noteRed(await ask<Overview>('/api/overview'));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      redCauses.value = undefined;
      show();
    }
  };
  void look();
  // In the background too: that is when people look at the icon of a tab.
  const timer = setInterval(() => void look(), EVERY_MS);
  return () => clearInterval(timer);
}

export function noteRed({ needs }: Overview): void {
  redCauses.value = needs.filter((need) => need.severity === 'error').length;
  show();
}

export function setTitle(text: string): void {
  title.value = text;
  show();
}

function show(): void {
  const red = redCauses.value ?? 0;
  document.title = red === 0 ? title.value : `(${red}) ${title.value}`;
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  const href = red === 0 ? '/favicon.svg' : '/favicon-red.svg';
  if (icon !== null && icon.getAttribute('href') !== href) icon.href = href;
}
