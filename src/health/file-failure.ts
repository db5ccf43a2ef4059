import { dirname } from 'node:path';
import { Failure } from '../core/failure.js';

/** What is thrown where a file of health events cannot be written; anything but a system error is passed on. */
export function fileFailure(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('syscall' in thrown)) return thrown;
  return new Failure('health.file_unwritable', `can not write ${path}: ${thrown.message}`, {
    hint: `see that ${dirname(path)} exists, has room, and may be written by the user that runs salvor`,
    cause: thrown,
  });
}
