import { Failure } from '../../core/failure.js';
import type { FindingsHistory } from './judge/findings-history.js';
import type { VerifyFailure, VerifyPorts } from './ports.js';

/** State shared by the parts of one run. */
export interface RunContext {
  readonly ports: VerifyPorts;
  readonly history: FindingsHistory;
  readonly failures: FailureLog;
  /** Keys and pages of the whole run, for progress output. */
  readonly progress: { keys: number; pages: number };
}

/** Everything that makes the run incomplete; each failure is reported once, when it occurs. */
export class FailureLog {
  readonly all: VerifyFailure[] = [];
  readonly #ports: Pick<VerifyPorts, 'emit'>;

  constructor(ports: Pick<VerifyPorts, 'emit'>) {
    this.#ports = ports;
  }

  add(failure: VerifyFailure, more: Record<string, unknown> = {}): void {
    const { code, subject, message, hint } = failure;
    if (this.all.some((other) => other.code === code && other.subject === subject)) return;
    this.all.push(failure);
    const known = { ...more, ...(hint === undefined ? {} : { hint }) };
    const detail = Object.keys(known).length === 0 ? {} : { detail: known };
    this.#ports.emit({ type: 'finding', finding: { code, severity: 'error', subject, message, ...detail } });
  }

  /** @throws anything that is not a Failure, because a bug is not a result */
  addThrown(error: unknown, subject: string): void {
    if (!(error instanceof Failure)) throw error;
    this.add(failureOf(error, subject));
  }
}

export function failureOf({ code, message, hint }: Failure, subject: string): VerifyFailure {
  return { code, subject, message, ...(hint === undefined ? {} : { hint }) };
}
