/** Exit codes of the process; see `docs/operations.md`. Node's own 1 for an uncaught exception never occurs. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130 | 143;

const PRECEDENCE: readonly ExitCode[] = [2, 4, 130, 143, 3, 1, 0];

/** The exit code if several apply, in this order: usage, lock, signal, could not finish, findings, success. */
export function combineExitCodes(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? 0;
}

export interface FailureOptions {
  /** What the operator can do, in one sentence. */
  hint?: string;
  /** 2 for usage and configuration, 4 for a lock held elsewhere; everything else is 3. */
  exitCode?: 1 | 2 | 3 | 4;
  cause?: unknown;
  detail?: Record<string, unknown>;
}

/**
 * A problem outside the program that prevents the work, as data. It has a code from `core/codes.ts`, a message that
 * says what happened to what, and a hint. A bad file is not a failure (it is a result or a finding), and neither is a
 * bug in the program (that is an ordinary Error).
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2 | 3 | 4;
  readonly detail: Record<string, unknown> | undefined;

  constructor(code: string, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 3;
    this.detail = options.detail;
  }
}

/** A usage or configuration failure: exit 2, nothing was changed. */
export function usageFailure(code: string, message: string, hint?: string): Failure {
  return new Failure(code, message, hint === undefined ? { exitCode: 2 } : { exitCode: 2, hint });
}
