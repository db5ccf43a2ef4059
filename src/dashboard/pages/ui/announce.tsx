import { signal } from '@preact/signals';
import { visible } from '../format.js';

interface Message {
  text: string;
  kind: 'done' | 'error';
}

const message = signal<Message | undefined>(undefined);
let timer: ReturnType<typeof setTimeout> | undefined;
/** Long enough to be read twice. */
const SHOWN_MS = 8000;

/** Shows a short message and announces it to screen readers. */
export function say(text: string, kind: Message['kind'] = 'done'): void {
  message.value = { text, kind };
  clearTimeout(timer);
  timer = setTimeout(() => {
    message.value = undefined;
  }, SHOWN_MS);
}

export function Announcer() {
  const current = message.value;
  return (
    <div class="announcer" role="status" aria-live="polite">
      {current && <p class={`toast ${current.kind}`}>{visible(current.text)}</p>}
    </div>
  );
}
