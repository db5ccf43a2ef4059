import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { plural, visible } from '../format.js';
import { session } from '../session.js';
import { say } from './announce.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { type Request, sendAll } from './send-all.js';

export interface Decision {
  title: string;
  /** What the decision will do. */
  explain: ComponentChildren;
  /** The label of the confirm button. */
  verb: string;
  danger?: boolean;
  note: 'optional' | 'required' | 'none';
  /** The requests to send, one after the other. */
  requests: (note: string) => Request[];
}

interface Props {
  decision: Decision;
  onClose: () => void;
  /** Called after a decision was made or refused: the page must reload. */
  onDone: () => void;
}

/**
 * For a page with decisions: `ask` opens the dialog of a decision, and `dialog` is that dialog while it is open.
 * `onDone` reloads the page.
 */
export function useDecision(onDone: () => void) {
  const [decision, ask] = useState<Decision>();
  const close = (): void => ask(undefined);
  const dialog = decision && (
    <DecisionDialog
      decision={decision}
      onClose={close}
      onDone={() => {
        close();
        onDone();
      }}
    />
  );
  return { ask, dialog };
}

/** Asks for confirmation and a note, then sends the decision. */
function DecisionDialog({ decision, onClose, onDone }: Props) {
  const [note, setNote] = useState('');
  const [done, setDone] = useState(0);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<readonly string[]>([]);
  const [interrupted, setInterrupted] = useState<string>();
  const requests = decision.requests(note.trim());
  const over = done === requests.length;
  const wrong = interrupted === undefined ? refused : [...refused, interrupted];
  const carryOut = async (): Promise<void> => {
    setBusy(true);
    // Continues after an interruption: requests that were answered are not sent again.
    const sent = await sendAll(requests, done, setDone);
    const problems = [...refused, ...sent.problems];
    setBusy(false);
    setRefused(problems);
    setInterrupted(sent.interrupted);
    if (sent.interrupted !== undefined || problems.length > 0) return;
    say(
      requests.length === 1
        ? (sent.last?.message ?? 'Done.')
        : `Recorded ${plural(requests.length, 'decision')}.`,
    );
    onDone();
  };
  return (
    <Dialog title={decision.title} onClose={done > 0 ? onDone : onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void carryOut();
        }}
      >
        <div class="explain">{decision.explain}</div>
        {decision.note !== 'none' && !over && (
          <NoteField required={decision.note === 'required'} note={note} setNote={setNote} />
        )}
        {!over && (
          <p class="muted">
            The journal will name <strong>{visible(session.value?.actor ?? 'whoever signs in')}</strong>.
          </p>
        )}
        {wrong.length > 0 && <Problems lines={wrong} done={done} of={requests.length} />}
        <div class="buttons">
          {!over && (
            <button
              type="submit"
              autofocus={decision.note === 'none'}
              class={decision.danger ? 'danger' : 'primary'}
              disabled={busy}
            >
              {busy && requests.length > 1 ? `${done} of ${requests.length}…` : decision.verb}
            </button>
          )}
          <button type="button" onClick={done > 0 ? onDone : onClose} disabled={busy}>
            {done > 0 ? 'Close' : 'Cancel'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function NoteField(props: { required: boolean; note: string; setNote: (note: string) => void }) {
  const { required, note, setNote } = props;
  return (
    <label class="field">
      <span>{required ? 'Reason' : 'Note (optional)'}</span>
      <textarea
        // Otherwise the dialog focuses its first focusable element: the scrolling list
        autofocus
        rows={3}
        maxLength={2000}
        required={required}
        value={note}
        onInput={(event) => setNote(event.currentTarget.value)}
      />
    </label>
  );
}

function Problems({ lines, done, of }: { lines: readonly string[]; done: number; of: number }) {
  return (
    <div class="problems" role="alert">
      <Icon name="error" />
      <div>
        {of > 1 && (
          <p>
            Sent {done} of {of}. Not done:
          </p>
        )}
        <ul>
          {lines.map((line) => (
            <li key={line}>{visible(line)}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}
