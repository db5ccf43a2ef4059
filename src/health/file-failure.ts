import { dirname } from 'node:path';
import { Failure } from '../core/failure.js';

/**
 * The error to throw if a file of health events cannot be written. Anything but a system error is returned unchanged.
 */
export function fileFailure(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('syscall' in thrown)) return thrown;
  return new Failure('health.file_unwritable', `cannot write ${path}: ${thrown.message}`, {
    hint: `check that ${dirname(path)} exists, has free space, and is writable by the user that runs salvor`,
    cause: thrown,
  });
}
