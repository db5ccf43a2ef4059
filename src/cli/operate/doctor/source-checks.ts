import { counted } from '../../../core/pluralize.js';
import type { StoreOptions } from '../../../objectstore/open.js';
import { expandBases } from '../../../sources/directory/walk.js';
import { requireWholeHistory } from '../../../sources/git/repository.js';
import { messageOf } from '../../../sources/hashing.js';
import type { Config } from '../../config/schema.js';
import { listerFor } from '../../wiring/stores.js';
import { storeChecks } from './backup-checks.js';
import { broken, type Check, ok, tried, warning } from './check.js';

type SourceConfig = NonNullable<NonNullable<Config['recovery']>['sources']>[number];

/**
 * Checks that each place where recovery looks for files can be searched, with the functions that the search uses:
 * otherwise `recovery plan` is the first to report it, and decides nothing.
 */
export async function sourceChecks(config: Config, settings: StoreOptions): Promise<Check[]> {
  const checked = new Set((config.backups ?? []).map(({ url }) => url));
  const checks: Check[] = [];
  for (const source of config.recovery?.sources ?? []) {
    if ('directory' in source) checks.push(await directoryCheck(source));
    else if ('git' in source) checks.push(await gitCheck(source));
    else if (!checked.has(source.archives)) checks.push(...(await archiveChecks(source, settings)));
  }
  return checks;
}

async function directoryCheck({ directory }: Extract<SourceConfig, { directory: string }>): Promise<Check> {
  const name = `source ${directory}`;
  try {
    const found = await expandBases(directory);
    if (found.length > 0)
      return ok(
        name,
        found.length === 1
          ? 'can be searched'
          : `${counted(found.length, 'directory', 'directories')} can be searched`,
      );
    return warning(name, 'no directory matches', 'fix the pattern under recovery.sources, or remove it');
  } catch (error) {
    return broken(name, messageOf(error), 'fix the path under recovery.sources, or mount the disk');
  }
}

async function gitCheck({ git }: Extract<SourceConfig, { git: string }>): Promise<Check> {
  const name = `source ${git}`;
  try {
    await requireWholeHistory(git);
    return ok(name, 'has its complete history');
  } catch (error) {
    return broken(
      name,
      messageOf(error),
      'name a complete clone under recovery.sources: a missing history proves nothing',
    );
  }
}

function archiveChecks(
  { archives }: Extract<SourceConfig, { archives: string }>,
  settings: StoreOptions,
): Promise<Check[]> {
  const name = `source ${archives}`;
  return tried(name, async () => storeChecks(name, 'recovery.sources', await listerFor(archives, settings)));
}
