import { Failure } from './failure.js';
import type { Finding } from './finding.js';
import { counted } from './pluralize.js';

/** A unit of a distributed run for which every attempt failed. */
export interface DeadUnit {
  unit: number;
  about: string;
  worker: string | null;
  host: string | null;
  attempts: number;
  error: { code: string; message: string } | null;
}

/** The finding for an abandoned unit. `retry` is the command that tries it again. */
export function deadLetter({ unit, about, worker, host, attempts, error }: DeadUnit, retry: string): Finding {
  const why = error ?? { code: 'unknown', message: 'its worker died every time' };
  const where = worker === null ? '' : ` (last on ${worker})`;
  return {
    code: 'work.dead_letter',
    severity: 'error',
    subject: about,
    message: `abandoned after ${counted(attempts, 'attempt')}${where}: ${why.message}; to retry: ${retry}`,
    detail: { unit, attempts, worker, host, error: why, retry },
  };
}

/** The failure of a run that has abandoned units. */
export function deadLetters(count: number, retry: string): Failure {
  const units = count === 1 ? 'a unit was' : counted(count, 'unit was', 'units were');
  return new Failure('work.dead_letter', `${units} abandoned after several attempts`, { hint: retry });
}
