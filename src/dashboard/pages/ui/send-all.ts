import type { ActionResult } from '../../api/session.js';
import { Problem } from '../client.js';
import { sendDecision } from '../session.js';

export interface Request {
  href: string;
  body: object;
}

export interface Sent {
  last: ActionResult | undefined;
  /** Refused requests, with the reason. */
  problems: string[];
  /** Why the remaining requests were not sent. They can be sent once the cause is fixed. */
  interrupted: string | undefined;
}

/** Sends the requests in order, starting at index `first`. `onProgress` gets the number of answered requests. */
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
      // The other requests would fail too, and this one may succeed later.
      if (mayPassLater(error)) return { last, problems, interrupted: words };
      problems.push(words);
    }
    onProgress(index + 1);
  }
  return { last, problems, interrupted: undefined };
}

/** No response, not signed in, rate limited, or the registry is unavailable. */
function mayPassLater({ status }: Problem): boolean {
  return status === 0 || status === 401 || status === 429 || status === 503;
}
