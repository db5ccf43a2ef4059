import type { ComponentChildren } from 'preact';
import { visible } from '../format.js';

/** Line ends are what makes such a text readable. */
function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** A long text that scrolls within its frame. */
export function Scrolled({ text, label }: { text: string; label: string }) {
  return (
    <ScrolledFrame kind="scrolled" label={label}>
      <pre>{visibleLines(text)}</pre>
    </ScrolledFrame>
  );
}

/** What may be longer than its frame, and must be reachable with the keyboard then. */
export function ScrolledFrame(props: {
  kind: 'scrolled' | 'chosen';
  label: string;
  children: ComponentChildren;
}) {
  const { kind, label, children } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields, and a section would be one more landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <div class={kind} role="group" tabIndex={0} aria-label={label}>
      {children}
    </div>
  );
}
