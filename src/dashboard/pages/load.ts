import { useCallback, useEffect, useState } from 'preact/hooks';
import { ask, Problem } from './client.js';
import { keep, keptAnswer } from './kept.js';
import { session } from './session.js';

export interface Loaded<T> {
  /** The last response; kept while it is refreshed. */
  data: T | undefined;
  /** When the response arrived; undefined if it was kept from an earlier visit. */
  at: number | undefined;
  problem: Problem | undefined;
  loading: boolean;
  reload: () => void;
}

/** Loads `href` when it changes, on demand, and every `everyMs` while the page is visible. */
export function useLoad<T>(href: string | undefined, everyMs?: number): Loaded<T> {
  const [state, setState] = useState<{
    href?: string;
    data?: T;
    at?: number;
    problem?: Problem;
    loading: boolean;
  }>({
    loading: true,
  });
  const [round, setRound] = useState(0);
  const actor = session.value?.actor;
  const before = href === undefined ? undefined : (keptAnswer(href) as T | undefined);
  // A reload and a new actor repeat the request
  useEffect(() => {
    if (href === undefined) return;
    const abort = new AbortController();
    setState((before) => ({ ...(before.href === href ? before : { href }), loading: true }));
    ask<T>(href, abort.signal).then(
      (data) => {
        keep(href, data);
        setState({ href, data, at: Date.now(), loading: false });
      },
      (error: unknown) => {
        if (error instanceof Problem) setState((before) => ({ ...before, problem: error, loading: false }));
      },
    );
    return () => abort.abort();
  }, [href, round, actor]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);
  const current = state.href === href ? state : undefined;
  return {
    data: current?.data ?? before,
    at: current?.at,
    problem: current?.problem,
    loading: current?.loading ?? true,
    reload,
  };
}
