import { useState } from 'preact/hooks';
import { Problem } from './client.js';
import { visible } from './format.js';
import { sessionProblem, signIn, signingIn } from './session.js';
import { Dialog } from './ui/dialog.js';

function TokenForm({ onCancel }: { onCancel?: () => void }) {
  const [token, setToken] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await signIn(token.trim());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setWrong(error.message);
    } finally {
      setBusy(false);
    }
  };
  const problem = wrong ?? sessionProblem.value?.message;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <p>
        Open the link that <code>salvor dashboard</code> printed when it started, or enter a token: your own,
        or the one in the token file.
      </p>
      <label class="field">
        <span>Token</span>
        <input
          type="password"
          autocomplete="current-password"
          value={token}
          required
          maxLength={1024}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      {problem !== undefined && (
        <p class="wrong" role="alert">
          Sign-in failed: {visible(problem)}
        </p>
      )}
      <div class="buttons">
        <button type="submit" class="primary" disabled={busy}>
          Sign in
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}

/** Shown instead of every page if reading requires signing in. */
export function SignIn() {
  return (
    <section class="card sign-in-page">
      <h1 tabIndex={-1}>Sign in</h1>
      <TokenForm />
    </section>
  );
}

export function SignInDialog() {
  const close = (): void => {
    signingIn.value = false;
  };
  return (
    <Dialog title="Sign in" onClose={close}>
      <TokenForm onCancel={close} />
    </Dialog>
  );
}
