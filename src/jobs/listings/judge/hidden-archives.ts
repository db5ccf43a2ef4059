import { counted } from '../../../core/pluralize.js';
import type { RunContext } from '../run-context.js';
import type { OpenTarget } from '../scan/open-target.js';

/** Findings about an archive itself; those about a series or a partition have no key to ask for. */
const ARCHIVE_CODES = [
  'listing.missing',
  'listing.too_small',
  'index.missing',
  'archive.empty',
  'archive.future',
  'archive.unrecognised',
];

/** Archives that are looked up per target: a block of hidden keys is found unless it is a tiny part of the missing ones. */
const MAX_LOOKUPS = 5000;
const CONCURRENT = 16;

/**
 * Looks up every archive that has an open finding and is not in the listing. A store that leaves out part of a listing
 * would otherwise end findings that nobody fixed. Returns whether the listing can be trusted; if not, the failure is
 * logged.
 */
export async function checkHidden(
  { lister, target }: Pick<OpenTarget, 'lister' | 'target'>,
  completePrefixes: readonly string[],
  run: RunContext,
): Promise<boolean> {
  const { signal } = run.ports;
  const subjects = await run.history.unseen(completePrefixes, ARCHIVE_CODES, MAX_LOOKUPS);
  const base = lister.urlOf('');
  const keys = subjects
    .filter((subject) => subject.startsWith(base))
    .map((subject) => subject.slice(base.length));
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
