import type { ComponentChildren } from 'preact';
import { session, signingIn } from '../session.js';

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
      {current.read_only ? 'This dashboard is read-only' : 'This dashboard cannot do this'}; use the command
      line:
    </p>
  );
}
