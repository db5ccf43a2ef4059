/** A request that is deliberately refused. Nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 421 | 429 | 503,
    readonly code: string,
    message: string,
    readonly options: { hint?: string; headers?: Record<string, string> } = {},
  ) {
    super(message);
  }
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, 'dashboard.request', message);
}

export function notFound(what: string): Refusal {
  return new Refusal(404, 'dashboard.not_found', `there is no ${what}`);
}
