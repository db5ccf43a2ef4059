import type { ComponentChildren } from 'preact';
import { visible } from '../format.js';

/** Makes characters visible but keeps line breaks. */
function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** A long text that scrolls inside a frame. */
export function Scrolled({ text, label }: { text: string; label: string }) {
  return (
    <ScrolledFrame kind="scrolled" label={label}>
      <pre>{visibleLines(text)}</pre>
    </ScrolledFrame>
  );
}

/** A frame for content that may scroll, reachable with the keyboard. */
export function ScrolledFrame(props: {
  kind: 'scrolled' | 'chosen';
  label: string;
  children: ComponentChildren;
}) {
  const { kind, label, children } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields, and a section would be one more landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolling content must be reachable with the keyboard
    <div class={kind} role="group" tabIndex={0} aria-label={label}>
      {children}
    </div>
  );
}
