import { usageFailure } from '../../core/failure.js';
import type { VerifyTarget } from './options.js';

/**
 * Refuses targets that could not be verified.
 * @throws Failure `listings.bad_template`, `listings.overlapping_targets` (exit 2)
 */
export function checkTargets(targets: readonly VerifyTarget[]): void {
  for (const { listingSuffix } of targets) {
    if (listingSuffix !== '' && !/[/{}]/.test(listingSuffix)) continue;
    throw usageFailure(
      'listings.bad_template',
      `not a listing template: ${JSON.stringify(`{key}${listingSuffix}`)}`,
      'write {key} and a suffix without a slash, such as {key}.list.txt',
    );
  }
  const urls = targets.map(({ url }) => url).sort();
  for (const [i, url] of urls.entries()) {
    const outer = urls[i - 1];
    if (outer === undefined || !url.startsWith(outer)) continue;
    throw usageFailure(
      'listings.overlapping_targets',
      `${url} is part of ${outer}, but every archive must belong to exactly one url`,
      'name only one of them, or a separate url for each part',
    );
  }
}
