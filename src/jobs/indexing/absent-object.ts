import { Failure } from '../../core/failure.js';

/** Whether a store said that an object does not exist. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Failure && error.code === 'store.not_found';
}

/** For `catch`: undefined if the object does not exist. @throws every other error */
export function undefinedIfAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}
