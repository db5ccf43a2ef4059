import { counted } from '../../../core/pluralize.js';
import type { RunContext } from '../run-context.js';
import type { KeyKind } from '../scan/classify-key.js';
import type { OpenTarget } from '../scan/open-target.js';
import { ARCHIVE_CODES } from './finding-draft.js';

/** Archives that are looked up per target: a block of hidden keys is found unless it is a tiny part of the missing ones. */
const MAX_LOOKUPS = 5000;
const CONCURRENT = 16;
/** Keys that findings can be about. Any other key was listed and is one no longer, because the configuration changed. */
const REPORTED: ReadonlySet<KeyKind> = new Set(['archive', 'unrecognised']);

/**
 * Looks up every archive that has an open finding and is not in the listing. A store that leaves out part of a listing
 * would otherwise end findings that nobody fixed. Returns whether the listing can be trusted; if not, the failure is
 * logged.
 */
export async function checkHidden(
  { lister, target, classifier }: Pick<OpenTarget, 'lister' | 'target' | 'classifier'>,
  completePrefixes: readonly string[],
  run: RunContext,
): Promise<boolean> {
  const { signal } = run.ports;
  const subjects = await run.history.unseen(completePrefixes, ARCHIVE_CODES, MAX_LOOKUPS);
  const base = lister.urlOf('');
  const keys = subjects
    .filter((subject) => subject.startsWith(base))
    .map((subject) => subject.slice(base.length))
    .filter((key) => REPORTED.has(classifier.kindOf(key)));
  const hidden: string[] = [];
  try {
    for (let from = 0; from < keys.length && !signal.aborted; from += CONCURRENT) {
      const some = keys.slice(from, from + CONCURRENT);
      const found = await Promise.all(some.map((key) => lister.lookUp(key, signal)));
      hidden.push(...some.filter((_, i) => found[i] !== undefined));
    }
  } catch (error) {
    if (signal.aborted) return false;
    run.failures.addThrown(error, target.url);
    return false;
  }
  const [first] = hidden;
  // A stop while nothing had to be looked up comes too late to matter.
  if (first === undefined) return keys.length === 0 || !signal.aborted;
  const others = hidden.length === 1 ? '' : ` and ${counted(hidden.length - 1, 'other')}`;
  run.failures.add({
    code: 'store.listing_broken',
    subject: target.url,
    message: `the listing left out ${lister.urlOf(first)}${others}, which the store has`,
    hint: 'the server or a proxy in front of it is at fault; no finding was closed by this listing',
  });
  return false;
}
