import { opendir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '../../../core/recorded-digest.js';
import type { Root } from '../../../files/port.js';
import type { ArtifactReader } from '../../../registry/artifacts/artifacts-port.js';
import type { Config } from '../../config/schema.js';
import { type Check, ok, warning } from './check.js';

const NAME = 'sidecar digests';
/** A sample that a person does not wait for: rows, directories they are in, and names in each. */
const MAX_ROWS = 500;
const MAX_DIRECTORIES = 20;
const MAX_NAMES = 5000;
/** One file with such a suffix may be anything. */
const LEAST_FILES = 3;

/** Files next to the artifacts that look like recorded digests, and that nobody told Salvor of. Reads only names. */
export async function sidecarChecks(
  { roots = [], registry = {} }: Pick<Config, 'roots' | 'registry'>,
  reader: Pick<ArtifactReader, 'paths'>,
): Promise<Check[]> {
  const known = new Set((registry.digests ?? []).flatMap(({ sidecar }) => sidecar ?? []));
  const counts = new Map<string, { algorithm: DigestAlgorithm; files: number }>();
  const note = (sidecar: string, algorithm: DigestAlgorithm, files: number): void => {
    counts.set(sidecar, { algorithm, files: files + (counts.get(sidecar)?.files ?? 0) });
  };
  for (const [directory, names] of await sampleOf(roots, reader)) {
    const there = await namesIn(directory);
    for (const algorithm of DIGEST_ALGORITHMS) {
      for (const list of listsOf(algorithm)) if (there.has(list)) note(list, algorithm, LEAST_FILES);
      const suffix = `.${algorithm}`;
      note(suffix, algorithm, [...names].filter((name) => there.has(name + suffix)).length);
    }
  }
  const found = [...counts].filter(([sidecar, { files }]) => files >= LEAST_FILES && !known.has(sidecar));
  if (found.length === 0) return known.size === 0 ? [] : [ok(NAME, `${[...known].join(', ')} configured`)];
  const lines = found.map(([sidecar, { algorithm }]) => `{ sidecar: ${sidecar}, algorithm: ${algorithm} }`);
  return [
    warning(
      NAME,
      `${found.map(([sidecar]) => sidecar).join(', ')} next to the artifacts look like digests of the files, but are not compared with them`,
      `if they are digests, add to registry.digests in salvor.yaml: ${lines.join(', ')}`,
    ),
  ];
}

/** The directories of some artifacts, up to their root, with the names of these artifacts in them. */
async function sampleOf(
  roots: readonly Pick<Root, 'path' | 'strip'>[],
  reader: Pick<ArtifactReader, 'paths'>,
): Promise<Map<string, Set<string>>> {
  const directories = new Map<string, Set<string>>();
  let rows = 0;
  for await (const page of reader.paths()) {
    for (const { path } of page) {
      rows += 1;
      if (rows > MAX_ROWS) return directories;
      for (const root of roots) addPlace(directories, root, path);
    }
  }
  return directories;
}

function addPlace(
  directories: Map<string, Set<string>>,
  { path: root, strip = '' }: Pick<Root, 'path' | 'strip'>,
  path: string,
): void {
  const full = path.startsWith('/')
    ? path
    : join(root, path.startsWith(strip) ? path.slice(strip.length) : path);
  const below = relative(root, full);
  if (below === '' || below.startsWith('..') || full.includes('\0')) return;
  for (let at = dirname(full); ; at = dirname(at)) {
    if (!directories.has(at) && directories.size >= MAX_DIRECTORIES) return;
    const names = directories.get(at) ?? new Set();
    directories.set(at, names);
    if (at === dirname(full)) names.add(basename(full));
    if (relative(root, at) === '' || at === dirname(at)) return;
  }
}

/** Empty where it cannot be read: the check of the paths says so. */
async function namesIn(directory: string): Promise<Set<string>> {
  const names = new Set<string>();
  try {
    for await (const { name } of await opendir(directory)) {
      names.add(name);
      if (names.size >= MAX_NAMES) break;
    }
  } catch {
    return new Set();
  }
  return names;
}

function listsOf(algorithm: DigestAlgorithm): string[] {
  return [`${algorithm.toUpperCase()}SUMS`, `manifest-${algorithm}.txt`];
}
