import type { ComponentChildren } from 'preact';
import { session, signingIn } from '../session.js';

/**
 * A button for a decision. Without a session it opens the sign-in dialog; if decisions are not possible it is hidden.
 */
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

/** Explains why there are no decision buttons. */
export function CannotDecide({ can }: { can: boolean }) {
  const current = session.value;
  if (current === undefined || (can && !current.read_only)) return null;
  return (
    <p class="muted">
      {current.read_only ? 'This dashboard is read-only' : 'This dashboard cannot do this'}; use the command
      line:
    </p>
  );
}
