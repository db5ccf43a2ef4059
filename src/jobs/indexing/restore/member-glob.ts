import { usageFailure } from '../../../core/failure.js';
import { compileGlob, type Glob } from '../../../core/glob.js';

/** A pattern for the names of members. @throws Failure `usage.invalid` */
export function memberGlob(text: string): Glob {
  const glob = compileGlob(text);
  if (!('problem' in glob)) return glob;
  throw usageFailure('usage.invalid', `the pattern ${JSON.stringify(text)}: ${glob.problem}`);
}
