import type { ActionResult } from '../../api/session.js';
import { Problem } from '../client.js';
import { sendDecision } from '../session.js';

export interface Request {
  href: string;
  body: object;
}

export interface Sent {
  last: ActionResult | undefined;
  /** What was answered with a refusal, and why. */
  problems: string[];
  /** Why the rest was not sent: it can be, once that is mended. */
  interrupted: string | undefined;
}

/** Sends the requests from the `first` on, one after the other. `onProgress` hears how many were answered. */
export async function sendAll(
  requests: readonly Request[],
  first: number,
  onProgress: (done: number) => void,
): Promise<Sent> {
  const problems: string[] = [];
  let last: ActionResult | undefined;
  for (const [index, request] of requests.entries()) {
    if (index < first) continue;
    try {
      last = await sendDecision<ActionResult>(request.href, request.body);
      problems.push(...last.refused.map(({ subject, reason }) => `${subject}: ${reason}`));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const words = error.hint === null ? error.message : `${error.message} (${error.hint})`;
      // None of the others would pass either, and this one may later.
      if (mayPassLater(error)) return { last, problems, interrupted: words };
      problems.push(words);
    }
    onProgress(index + 1);
  }
  return { last, problems, interrupted: undefined };
}

/** Nobody answered, nobody is signed in, it was asked too often, or the registry is away. */
function mayPassLater({ status }: Problem): boolean {
  return status === 0 || status === 401 || status === 429 || status === 503;
}
