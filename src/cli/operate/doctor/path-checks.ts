import { isAbsolute } from 'node:path';
import { elsewhereOf } from '../../../core/elsewhere.js';
import { Failure } from '../../../core/failure.js';
import type { Root } from '../../../files/port.js';
import { openFiles } from '../../../files/thread-pool.js';
import type { ArtifactReader } from '../../../registry/artifacts/artifacts-port.js';
import type { Config } from '../../config/schema.js';
import { type Check, ok, warning } from './check.js';

/** Number of rows to check: a sample in the order of the ids, small enough to be quick. */
const MAX_ROWS = 20_000;
/** Number of rows to check per type. */
const MAX_OF_TYPE = 2000;

interface Sample {
  rows: number;
  found: number;
  elsewhere: number;
  /** Reasons why the others do not resolve, with count and one example. */
  reasons: Map<string, { rows: number; example: string }>;
  /** Prefixes whose removal makes a path lead to a file. */
  strips: Map<string, number>;
}

/** Checks which share of the paths of each type leads to a file, and why the others do not. */
export async function pathChecks(
  { roots = [] }: Pick<Config, 'roots'>,
  reader: Pick<ArtifactReader, 'paths'>,
): Promise<Check[]> {
  if (roots.length === 0) return [];
  // A root that is unavailable has a check of its own; here nothing could be found below it.
  const files = await openFiles({ roots, threads: 1 }).catch(unlessUnavailable);
  if (files === undefined) return [];
  try {
    const byType = new Map<string, Sample>();
    let seen = 0;
    for await (const page of reader.paths()) {
      const rows = page.filter(({ type }) => (byType.get(type ?? '')?.rows ?? 0) < MAX_OF_TYPE);
      const places = await files.locate(rows);
      for (const [i, row] of rows.entries()) {
        const sample = sampleOf(byType, row.type ?? '');
        const place = places[i];
        sample.rows += 1;
        if (place?.kind === 'file' || place?.kind === 'several' || place?.kind === 'pointer')
          sample.found += 1;
        else if (elsewhereOf(row.path) !== undefined) sample.elsewhere += 1;
        else note(sample, row.path, place?.reason ?? 'it cannot be found');
      }
      for (const [i, row] of rows.entries()) {
        if (places[i]?.kind !== 'no_file' || isAbsolute(row.path)) continue;
        const strip = await strippedPrefix(files, row, roots);
        if (strip === undefined) continue;
        const { strips } = sampleOf(byType, row.type ?? '');
        strips.set(strip, (strips.get(strip) ?? 0) + 1);
      }
      seen += page.length;
      if (seen >= MAX_ROWS) break;
    }
    return [...byType].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, sample]) => checkOf(type, sample));
  } finally {
    await files.close();
  }
}

function unlessUnavailable(error: unknown): undefined {
  if (!(error instanceof Failure) || error.code !== 'root.unavailable') throw error;
}

function sampleOf(byType: Map<string, Sample>, type: string): Sample {
  const known = byType.get(type);
  if (known !== undefined) return known;
  const made: Sample = { rows: 0, found: 0, elsewhere: 0, reasons: new Map(), strips: new Map() };
  byType.set(type, made);
  return made;
}

function note({ reasons }: Sample, example: string, reason: string): void {
  const known = reasons.get(reason);
  if (known === undefined) reasons.set(reason, { rows: 1, example });
  else known.rows += 1;
}

/** The leading directories of a path that also end a root's own path, with which it is spelled relative to a repository. */
async function strippedPrefix(
  files: Pick<Awaited<ReturnType<typeof openFiles>>, 'locate'>,
  { type, path }: { type: string | null; path: string },
  roots: readonly Root[],
): Promise<string | undefined> {
  for (const root of roots) {
    const names = root.path.split('/').filter((name) => name !== '');
    for (let depth = names.length; depth > 0; depth -= 1) {
      const prefix = `${names.slice(-depth).join('/')}/`;
      if (!path.startsWith(prefix) || root.strip === prefix) continue;
      const [place] = await files.locate([{ type, path: path.slice(prefix.length) }]);
      if (place?.kind === 'file') return prefix;
    }
  }
  return undefined;
}

function checkOf(type: string, { rows, found, elsewhere, reasons, strips }: Sample): Check {
  const name = `paths of ${type === '' ? 'rows without a type' : type}`;
  const share = `${found} of ${rows} lead to a file${elsewhere === 0 ? '' : `, ${elsewhere} are elsewhere (a URL, another host)`}`;
  if (found + elsewhere === rows) return ok(name, share);
  const causes = [...reasons]
    .sort(([, a], [, b]) => b.rows - a.rows)
    .slice(0, 3)
    .map(([reason, one]) => `${one.rows}: ${reason} (${JSON.stringify(one.example)})`);
  const [strip] = [...strips].sort(([, a], [, b]) => b - a);
  const fix =
    strip === undefined
      ? found === 0
        ? 'correct roots in salvor.yaml: no path of this type leads to a file'
        : '`salvor checksums backfill` lists each row; `salvor recovery plan` searches for the missing files'
      : `set strip: ${JSON.stringify(strip[0])} for the root in salvor.yaml: ${strip[1]} of these files exist without this prefix`;
  return warning(name, `${share}; ${causes.join('; ')}`, fix);
}
