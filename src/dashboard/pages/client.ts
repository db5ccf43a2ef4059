import type { ApiError } from '../api/session.js';

/** Why a request failed, in words for a person. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null,
  ) {
    super(message);
  }
}

/** Sends a GET request. @throws Problem */
export function ask<T>(href: string, signal?: AbortSignal): Promise<T> {
  return answer<T>(fetch(href, { credentials: 'same-origin', ...(signal && { signal }) }));
}

/** Sends a POST request. @throws Problem */
export function send<T>(href: string, body: object, csrf: string | null): Promise<T> {
  return answer<T>(
    fetch(href, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', ...(csrf === null ? {} : { 'x-csrf-token': csrf }) },
      body: JSON.stringify(body),
    }),
  );
}

async function answer<T>(request: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(
      0,
      'unreachable',
      'The dashboard is not responding.',
      'Check whether salvor dashboard is still running.',
    );
  }
  const value: unknown = await response.json().catch(() => undefined);
  if (response.ok && value !== undefined) return value as T;
  const error = (value as Partial<ApiError> | undefined)?.error;
  throw new Problem(
    response.status,
    error?.code ?? 'unreadable',
    error?.message ?? `The server answered ${response.status}.`,
    error?.hint ?? null,
  );
}
