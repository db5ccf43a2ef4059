import { counted } from '../../../core/pluralize.js';
import type { RunContext } from '../run-context.js';
import type { ScannedTarget } from '../scanned-target.js';
import { canaryFailure } from './canary.js';

/**
 * Whether the listing of a target can be trusted. It cannot if the scan was abandoned, the prefix is empty, there is
 * nothing to check, or the canary failed; each of these is logged as a failure.
 */
export function checkWhole(scanned: ScannedTarget, run: RunContext): boolean {
  const { gaps } = scanned.scan;
  if (gaps === undefined) return false;
  const before = run.failures.all.length;
  if (gaps.length === 0) checkContent(scanned, run);
  checkCanary(scanned, run);
  if (gaps.length === 0 && scanned.total.unjudged > 0) {
    throw new Error(`${counted(scanned.total.unjudged, 'archive')} of a complete listing left undecided`);
  }
  return run.failures.all.length === before;
}

function checkContent({ total, lister }: ScannedTarget, run: RunContext): void {
  const subject = lister.url;
  if (total.keys === 0) {
    run.failures.add({
      code: 'listings.empty_prefix',
      subject,
      message: 'there are no keys under this url',
      hint: 'check the url; nothing was verified',
    });
  } else if (total.archives === 0) {
    run.failures.add({
      code: 'listings.no_archives',
      subject,
      message: `none of the ${counted(total.keys, 'key')} under this url is an archive`,
      hint: 'check the url and --archive-pattern; nothing was verified',
    });
  }
}

/** In a listing with gaps, a canary that was not found may be in a gap. */
function checkCanary({ canary, settler, lister, target, scan }: ScannedTarget, run: RunContext): void {
  if (canary === undefined) return;
  if (settler.canary === undefined && scan.gaps?.length !== 0) return;
  const failure = canaryFailure(lister.urlOf(canary), settler.canary, target.minSizeBytes);
  if (failure !== undefined) run.failures.add(failure);
}
