/** A long text that scrolls within its frame. */
export function Scrolled({ text, label }: { text: string; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <section class="scrolled" tabIndex={0} aria-label={label}>
      <pre>{text}</pre>
    </section>
  );
}
