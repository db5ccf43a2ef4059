import { elsewhereOf } from '../../../core/elsewhere.js';
import type { MissingRow, TypeRule } from '../plan/row.js';

/** What a row's file is called, and where it is expected. */
export interface Expected {
  id: string;
  /** The most telling first: that of `file_path`, then those of the metadata keys in their order. */
  basenames: readonly string[];
  /** The whole `file_path`, as it is and below its root: a place whose path ends in one of these is anchored. */
  whole: readonly string[];
  /** Paths of two and more segments whose ends count: `file_path`, metadata paths, the type's directories. */
  paths: readonly string[];
}

/** PATH_MAX of the systems that hold the artifacts; a longer value in metadata is no path. */
const MAX_PATH = 4096;
/** More names than this for one row is somebody's list of files, not the name of one. */
const MAX_NAMES = 64;

/** The names that a row's path, metadata and type say its file has. */
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

/** All segments of the path: as the registry has it, below its root, and without the prefix that a root strips. */
function wholePaths(row: MissingRow): string[] {
  const safe = row.filePath === null || row.filePath.split('/').includes('..') ? null : row.filePath;
  const all = [safe, row.relativePath, row.strippedPath ?? null].filter((path) => path !== null).map(tidy);
  return [...new Set(all)].filter((path) => path !== '' && !path.includes('\0'));
}

/** A path that points nowhere safe still names a file. */
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

/** A backslash is an ordinary character in a name; a program on Windows may have written it as a separator. */
function spellings(name: string): string[] {
  return name.includes('\\') && !name.includes('/') ? [name, name.replaceAll('\\', '/')] : [name];
}

/** A name without an extension stands for itself with each extension that the type has. */
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

/** What follows the last slash. */
export function basenameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
