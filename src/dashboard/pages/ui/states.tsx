import type { ComponentChildren } from 'preact';
import type { Problem } from '../client.js';
import { ago, visible } from '../format.js';
import type { Loaded } from '../load.js';
import { signingIn } from '../session.js';
import { Icon } from './icon.js';
import { now } from './text.js';

/** An empty result: what it means, and what to do next. */
export function Empty({
  title,
  good = false,
  children,
}: {
  title: ComponentChildren;
  good?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <div class={`state${good ? ' good' : ''}`}>
      {good && <Icon name="ok" />}
      <p class="state-title">{title}</p>
      {children && <div class="muted">{children}</div>}
    </div>
  );
}

/** Adds a period unless there is one. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const TITLES: Record<number, string> = {
  401: 'Sign in to see this.',
  404: 'Not found.',
};

/** A failed request. Must never look like an empty result. */
export function Failed({ problem, reload }: { problem: Problem; reload?: () => void }) {
  return (
    <div class="state bad" role="alert">
      <Icon name="error" />
      <p class="state-title">{TITLES[problem.status] ?? 'Loading failed.'}</p>
      <p>{visible(problem.message)}</p>
      <p class="muted">
        {problem.hint !== null && `${sentence(problem.hint)} `}
        <code>{problem.code}</code>
      </p>
      <div class="buttons centre">
        {problem.status === 401 && (
          <button
            type="button"
            class="primary"
            onClick={() => {
              signingIn.value = true;
            }}
          >
            Sign in
          </button>
        )}
        {reload && (
          <button type="button" onClick={reload}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/**
 * Shows the response, a placeholder while it loads, or the error. If a refresh fails, a note above the data says so.
 */
export function LoadedView<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  const { data, at, problem, reload } = of;
  if (data === undefined) {
    return problem === undefined ? <Waiting /> : <Failed problem={problem} reload={reload} />;
  }
  return (
    <>
      {problem && (
        <p class="stale" role="alert">
          <Icon name="warning" /> This is out of date
          {at !== undefined && ` (loaded ${ago(new Date(at).toISOString(), now.value)})`}. The refresh failed:{' '}
          {visible(problem.message)}{' '}
          <button type="button" class="link" onClick={reload}>
            Try again
          </button>
        </p>
      )}
      {children(data)}
    </>
  );
}

export function Waiting() {
  return (
    <div class="waiting" role="status">
      <span class="visually-hidden">Loading</span>
      <span class="bone" />
      <span class="bone" />
      <span class="bone" />
    </div>
  );
}
