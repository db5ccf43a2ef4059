import { elsewhereOf } from '../../../core/elsewhere.js';
import type { MissingRow, TypeRule } from '../plan/row.js';

/** The names and paths that a row's file is expected to have. */
export interface Expected {
  id: string;
  /** Most specific first: the name in `file_path`, then those of the metadata keys in their order. */
  basenames: readonly string[];
  /** The whole `file_path`, as recorded and below its root. A place whose path ends with one of these is anchored. */
  whole: readonly string[];
  /**
   * Paths of two or more segments whose ends are matched: `file_path`, metadata paths, the directories of the type.
   */
  paths: readonly string[];
}

/** PATH_MAX of common systems. A longer value in metadata is not a path. */
const MAX_PATH = 4096;
/** A row with more names than this has a list of files, not the name of one file. */
const MAX_NAMES = 64;

/** The expected names of a row's file, from its path, metadata, and type. */
export function expectedOf(row: MissingRow, rule: TypeRule): Expected {
  if (row.elsewhere !== undefined) return { id: row.id, basenames: [], whole: [], paths: [] };
  const stated = [row.relativePath ?? lastSegmentOnly(row.filePath), ...metadataNames(row, rule)];
  const paths = stated
    .filter((path) => path !== null)
    .map(tidy)
    .filter((path) => path !== '');
  const named = paths
    .flatMap((path) => withExtensions(path, rule))
    .filter((path) => isName(basenameOf(path)));
  const basenames = [...new Set(named.map(basenameOf))].slice(0, MAX_NAMES);
  const inDirectories = rule.directories.flatMap((dir) => basenames.map((name) => tidy(`${dir}/${name}`)));
  const tails = [...new Set([...named, ...inDirectories])].filter((path) => path.includes('/'));
  return { id: row.id, basenames, whole: wholePaths(row), paths: tails };
}

/** The whole path: as recorded, below its root, and without the prefix that a root strips. */
function wholePaths(row: MissingRow): string[] {
  const safe = row.filePath === null || row.filePath.split('/').includes('..') ? null : row.filePath;
  const all = [safe, row.relativePath, row.strippedPath ?? null].filter((path) => path !== null).map(tidy);
  return [...new Set(all)].filter((path) => path !== '' && !path.includes('\0'));
}

/** An unsafe path still gives the name of a file. */
function lastSegmentOnly(filePath: string | null): string | null {
  return filePath === null ? null : basenameOf(filePath);
}

function metadataNames(row: MissingRow, rule: TypeRule): string[] {
  return rule.nameKeys.flatMap((key) => {
    const value = Object.hasOwn(row.metadata, key) ? row.metadata[key] : undefined;
    const values: unknown[] = Array.isArray(value) ? value.slice(0, MAX_NAMES) : [value];
    return values.flatMap((one) =>
      typeof one === 'string' && one.length <= MAX_PATH && elsewhereOf(one) === undefined
        ? spellings(one)
        : [],
    );
  });
}

/** A backslash may be part of a name, or a separator that a Windows program wrote. */
function spellings(name: string): string[] {
  return name.includes('\\') && !name.includes('/') ? [name, name.replaceAll('\\', '/')] : [name];
}

/** Adds each extension of the type to a name that has none. */
function withExtensions(path: string, rule: TypeRule): string[] {
  const hasOne = /\.[A-Za-z0-9_]{1,12}$/.test(path);
  return hasOne || rule.extensions.length === 0
    ? [path]
    : rule.extensions.map((extension) => path + extension);
}

function tidy(path: string): string {
  const segments = path.split('/');
  return segments.filter((segment) => segment !== '' && segment !== '.' && segment !== '..').join('/');
}

function isName(basename: string): boolean {
  return basename !== '' && basename !== '.' && basename !== '..' && !basename.includes('\0');
}

export function basenameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
