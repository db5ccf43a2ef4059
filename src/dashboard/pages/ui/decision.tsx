import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ActionResult } from '../../api.js';
import { Problem } from '../client.js';
import { visible } from '../format.js';
import { decide, session, signingIn } from '../session.js';
import { say } from './announce.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';

export interface Decision {
  title: string;
  /** What will happen, so that nobody has to know. */
  explain: ComponentChildren;
  /** The word on the button. */
  verb: string;
  danger?: boolean;
  note: 'optional' | 'required' | 'none';
  /** Every request that it takes, one after the other. */
  requests: (note: string) => { href: string; body: object }[];
}

/** Asks for the decision, and a note, then carries it out. */
export function DecisionDialog({
  decision,
  onClose,
  onDone,
}: {
  decision: Decision;
  onClose: () => void;
  onDone: () => void;
}) {
  const [note, setNote] = useState('');
  const [done, setDone] = useState(0);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string[]>([]);
  const requests = decision.requests(note.trim());
  const carryOut = async (): Promise<void> => {
    setBusy(true);
    setWrong([]);
    const { last, problems } = await sendAll(requests, setDone);
    setBusy(false);
    if (problems.length > 0) {
      setWrong(problems);
      return;
    }
    say(requests.length === 1 ? (last?.message ?? 'Done.') : `${requests.length} decisions are recorded.`);
    onDone();
  };
  return (
    <Dialog title={decision.title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void carryOut();
        }}
      >
        <div class="explain">{decision.explain}</div>
        {decision.note !== 'none' && (
          <label class="field">
            <span>{decision.note === 'required' ? 'Reason' : 'Note (optional)'}</span>
            <textarea
              rows={3}
              maxLength={2000}
              required={decision.note === 'required'}
              value={note}
              onInput={(event) => setNote(event.currentTarget.value)}
            />
          </label>
        )}
        <p class="muted">
          The journal will name <strong>{visible(session.value?.actor ?? '')}</strong>.
        </p>
        {wrong.length > 0 && (
          <div class="problems" role="alert">
            <Icon name="error" />
            <ul>
              {wrong.map((line) => (
                <li key={line}>{visible(line)}</li>
              ))}
            </ul>
          </div>
        )}
        <div class="buttons">
          <button type="submit" class={decision.danger ? 'danger' : 'primary'} disabled={busy}>
            {busy && requests.length > 1 ? `${done} of ${requests.length}…` : decision.verb}
          </button>
          <button type="button" onClick={wrong.length > 0 && done > 0 ? onDone : onClose} disabled={busy}>
            {wrong.length > 0 ? 'Close' : 'Cancel'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

async function sendAll(
  requests: readonly { href: string; body: object }[],
  onProgress: (done: number) => void,
): Promise<{ last: ActionResult | undefined; problems: string[] }> {
  const problems: string[] = [];
  let last: ActionResult | undefined;
  for (const [index, request] of requests.entries()) {
    try {
      last = await decide<ActionResult>(request.href, request.body);
      problems.push(...last.refused.map(({ subject, reason }) => `${subject}: ${reason}`));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error.hint === null ? error.message : `${error.message} (${error.hint})`);
      // Without a session none of the others would pass either.
      if (error.status === 401 || error.status === 0) break;
    }
    onProgress(index + 1);
  }
  return { last, problems };
}

/** A button that decides: without a session it offers to sign in, and where it can't be done it says why. */
export function DecideButton(props: {
  can: boolean;
  onClick: () => void;
  kind?: 'primary' | 'danger' | 'plain';
  children: ComponentChildren;
  shortcut?: string;
}) {
  const { can, onClick, kind = 'plain', children, shortcut } = props;
  const current = session.value;
  if (current === undefined || current.read_only || !can) return null;
  const signedIn = current.actor !== null;
  return (
    <button
      type="button"
      class={kind === 'plain' ? '' : kind}
      aria-keyshortcuts={shortcut}
      onClick={() => {
        if (signedIn) onClick();
        else signingIn.value = true;
      }}
    >
      {children}
      {shortcut && <kbd>{shortcut}</kbd>}
    </button>
  );
}

/** Why there are no buttons. */
export function CanNotDecide({ can }: { can: boolean }) {
  const current = session.value;
  if (current === undefined || (can && !current.read_only)) return null;
  return (
    <p class="muted">
      {current.read_only ? 'This dashboard is read-only' : 'This dashboard can not do this'}; use the command
      line:
    </p>
  );
}
