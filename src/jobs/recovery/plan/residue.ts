import { lstat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { describeStandIn } from '../../../files/stand-in.js';
import type { Reference } from '../../../registry/recovery/recovery-port.js';
import { basenameOf, type Expected } from '../evidence/expected.js';
import { ruleOf, unrecoverableRule } from '../evidence/rules.js';
import type { PlanOptions, PlanPorts } from '../options.js';
import type { Residue } from '../report/failure-mode.js';
import type { NameQuery, OlderPlace } from '../source-port.js';
import type { MissingRow } from './row.js';

/** Facts that are looked up for rows without a file, only to explain why they have none. */
export interface Afterthoughts {
  references: ReadonlyMap<string, Reference>;
  older: ReadonlyMap<string, OlderPlace>;
  goneDirectories: ReadonlyMap<string, string>;
}

/** Listings are not searched for shorter texts. */
const MIN_NEEDLE_BYTES = 4;

/** For each of these rows, the newest archive that has the file but was not searched. */
export async function olderPlaces(
  rows: readonly MissingRow[],
  expected: ReadonlyMap<string, Expected>,
  options: PlanOptions,
  ports: PlanPorts,
): Promise<ReadonlyMap<string, OlderPlace>> {
  const byName = new Map<string, MissingRow[]>();
  for (const row of rows) {
    for (const name of expected.get(row.id)?.basenames ?? [])
      byName.set(name, [...(byName.get(name) ?? []), row]);
  }
  const names = [...byName.keys()].filter((name) => Buffer.byteLength(name) >= MIN_NEEDLE_BYTES);
  const query: NameQuery = {
    needles: names.filter((name) => /^[\x20-\x7e]*$/.test(name)).map((name) => name.toLowerCase()),
    wants: (path) => byName.has(basenameOf(path)),
    isHint: () => false,
  };
  const found = new Map<string, OlderPlace>();
  if (query.needles.length === 0 || options.archives === 'all') return found;
  for (const source of ports.sources) {
    const places = (await source.findOlder?.(query, ports.signal)) ?? [];
    for (const place of places) {
      for (const row of byName.get(basenameOf(place.path)) ?? []) {
        const known = found.get(row.id);
        if (isItsPlace(row, place.path, options) && (known === undefined || place.rank < known.rank))
          found.set(row.id, place);
      }
    }
  }
  return found;
}

/** Compares whole paths if the row has one; a name alone counts only if it is specific. */
function isItsPlace(row: MissingRow, path: string, options: PlanOptions): boolean {
  const { relativePath } = row;
  if (relativePath?.includes('/')) return path === relativePath || path.endsWith(`/${relativePath}`);
  return !options.genericNames.has(basenameOf(path).toLowerCase());
}

/** For rows with an absolute path outside every root: the topmost parent directory that no longer exists. */
export async function goneDirectories(rows: readonly MissingRow[]): Promise<ReadonlyMap<string, string>> {
  const gone = new Map<string, string>();
  for (const { id, filePath, relativePath } of rows) {
    if (filePath === null || relativePath !== null || !isAbsolute(filePath) || filePath.includes('\0'))
      continue;
    let missing: string | undefined;
    for (let path = dirname(filePath); path !== dirname(path); path = dirname(path)) {
      if (await isThere(path)) break;
      missing = path;
    }
    if (missing !== undefined) gone.set(id, missing);
  }
  return gone;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The part of a residue that is independent of candidates. */
export function residueOf(
  row: MissingRow,
  thoughts: Afterthoughts,
  options: PlanOptions,
): Pick<Residue, 'rule' | 'older' | 'goneDirectory' | 'standIn' | 'lastReference'> {
  const rule = unrecoverableRule(row, ruleOf(row, options.types));
  const older = thoughts.older.get(row.id);
  const goneDirectory = thoughts.goneDirectories.get(row.id);
  const lastReference = thoughts.references.get(row.id);
  return {
    ...(rule === undefined ? {} : { rule: { reason: rule.reason, archives: options.archives } }),
    ...(older === undefined ? {} : { older }),
    ...(goneDirectory === undefined ? {} : { goneDirectory }),
    ...(row.standIn === undefined ? {} : { standIn: describeStandIn(row.standIn) }),
    ...(lastReference === undefined ? {} : { lastReference }),
  };
}
