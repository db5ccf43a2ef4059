import { visible } from '../format.js';

/** Line ends are what makes such a text readable. */
function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** A long text that scrolls within its frame. */
export function Scrolled({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <section class="scrolled" tabIndex={0} aria-label={label}>
      <pre>{visibleLines(text)}</pre>
    </section>
  );
}
