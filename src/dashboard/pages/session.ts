import { signal } from '@preact/signals';
import type { SessionInfo } from '../api/session.js';
import { ask, Problem, send } from './client.js';
import { forgetAnswers } from './kept.js';

/** Who we are; undefined until the server said so. */
export const session = signal<SessionInfo | undefined>(undefined);
/** Why the session cannot be had: the server does not answer, or the link was used before. */
export const sessionProblem = signal<Problem | undefined>(undefined);
/** The dialog for signing in is open. */
export const signingIn = signal(false);

const LINK = /^#sign-in=([A-Za-z0-9_-]+)$/;

/** Redeems the link that the address holds, if any, and learns who we are. */
export async function begin(): Promise<void> {
  const link = LINK.exec(location.hash)?.[1];
  if (link !== undefined) {
    // Out of the address at once, so that it stays in no history.
    history.replaceState(null, '', location.pathname + location.search);
    await attempt(() => send<SessionInfo>('/api/session', { link }, null));
    if (session.value !== undefined) return;
  }
  const failed = sessionProblem.value;
  await renew();
  if (failed !== undefined) {
    sessionProblem.value = failed;
    signingIn.value = true;
  }
}

/** Learns again who we are: a dashboard that was started again knows nobody. */
export async function renew(): Promise<void> {
  await attempt(() => ask<SessionInfo>('/api/session'));
}

async function attempt(call: () => Promise<SessionInfo>): Promise<void> {
  try {
    session.value = await call();
    sessionProblem.value = undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    sessionProblem.value = error;
  }
}

/** @throws Problem */
export async function signIn(token: string): Promise<void> {
  session.value = await send<SessionInfo>('/api/session', { token }, null);
  sessionProblem.value = undefined;
  signingIn.value = false;
}

export async function signOut(): Promise<void> {
  forgetAnswers();
  session.value = await send<SessionInfo>('/api/session/end', {}, session.value?.csrf ?? null);
}

/**
 * Sends a decision in our name. A session that ended meanwhile opens the dialog for signing in.
 * @throws Problem
 */
export async function sendDecision<T>(href: string, body: object): Promise<T> {
  forgetAnswers();
  try {
    return await send<T>(href, body, session.value?.csrf ?? null);
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      await renew();
      signingIn.value = true;
    }
    throw error;
  }
}
