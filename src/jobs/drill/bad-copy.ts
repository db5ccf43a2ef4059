import { Damage } from '../../archive/damage.js';
import { Failure } from '../../core/failure.js';

/** Failures that concern one object. Others, such as a store that is down, concern the whole run. */
const OF_ONE_OBJECT = ['store.not_found', 'store.precondition_failed', 'store.range', 'store.denied'];
/** Archive, index, and decoder codes always concern the copy. */
const OF_A_COPY = /^(archive|index|decoder)\./;

/** Whether an error concerns the archive or its index. Any other error concerns the whole run. */
export function isBadCopy(error: unknown): error is Damage | Failure {
  return (
    error instanceof Damage ||
    (error instanceof Failure && (OF_A_COPY.test(error.code) || OF_ONE_OBJECT.includes(error.code)))
  );
}
