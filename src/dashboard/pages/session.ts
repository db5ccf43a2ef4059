import { signal } from '@preact/signals';
import type { SessionInfo } from '../api/session.js';
import { ask, Problem, send } from './client.js';
import { forgetAnswers } from './kept.js';

/** The session; undefined until the server has sent it. */
export const session = signal<SessionInfo | undefined>(undefined);
/** Why there is no session: the server is not responding, or the link has already been used. */
export const sessionProblem = signal<Problem | undefined>(undefined);
/** Whether the sign-in dialog is open. */
export const signingIn = signal(false);

const LINK = /^#sign-in=([A-Za-z0-9_-]+)$/;

/** Redeems the sign-in code in the URL, if any, and loads the session. */
export async function begin(): Promise<void> {
  const link = LINK.exec(location.hash)?.[1];
  if (link !== undefined) {
    // Remove the code at once, so that it does not stay in the browser history.
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

/** Reloads the session: a restarted dashboard has none. */
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
 * Sends a decision. Opens the sign-in dialog if the session has ended.
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
