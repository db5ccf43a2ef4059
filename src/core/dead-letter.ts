import { Failure } from './failure.js';
import type { Finding } from './finding.js';

/** A part of a shared run that no attempt could do. */
export interface DeadUnit {
  unit: number;
  about: string;
  worker: string | null;
  host: string | null;
  attempts: number;
  error: { code: string; message: string } | null;
}

/** What an operator is told of it. `retry`: the command that tries it again. */
export function deadLetter({ unit, about, worker, host, attempts, error }: DeadUnit, retry: string): Finding {
  const why = error ?? { code: 'unknown', message: 'its worker died every time' };
  const where = worker === null ? '' : ` (last on ${worker})`;
  return {
    code: 'work.dead_letter',
    severity: 'error',
    subject: about,
    message: `abandoned after ${attempts} attempts${where}: ${why.message}; to retry: ${retry}`,
    detail: { unit, attempts, worker, host, error: why, retry },
  };
}

/** Why a run with dead letters is not at its end. */
export function deadLetters(count: number, retry: string): Failure {
  const units = count === 1 ? 'a unit was' : `${count} units were`;
  return new Failure('work.dead_letter', `${units} abandoned after several attempts`, { hint: retry });
}
