import { isAbsolute } from 'node:path';
import type { LocateRequest, Root } from './port.js';

/** Longer paths exceed the limit of any operating system (4,096) and cannot name a file. */
const MAX_PATH_BYTES = 16_384;

/** One place to look for a file: a path relative to one root. */
export interface Candidate {
  root: number;
  relative: string;
}

/** Where a row's file may be, or why its path is refused. */
export type Candidates = { kind: 'places'; places: Candidate[] } | { kind: 'refused'; reason: string };

/**
 * The places to look for a row's file, in the order of the roots. Lexical only: links are resolved when the file is
 * read. A path that leaves its root is refused, even if it would return to it.
 */
export function candidatesFor(roots: readonly Root[], request: LocateRequest): Candidates {
  if (request.path.includes('\0')) return refused('the path contains a NUL character');
  if (Buffer.byteLength(request.path) > MAX_PATH_BYTES) return refused('the path is too long');
  const applicable = roots.flatMap((root, index) => (appliesTo(root, request.type) ? [{ root, index }] : []));
  if (applicable.length === 0) return refused('no root is configured for this artifact type');
  const places = applicable.flatMap(({ root, index }) => {
    const relative = relativeTo(root, request.path);
    return relative === undefined ? [] : [{ root: index, relative }];
  });
  if (places.length > 0) return { kind: 'places', places };
  return refused(
    isAbsolute(request.path) ? 'the absolute path is not below any root' : '".." leads above the root',
  );
}

function refused(reason: string): Candidates {
  return { kind: 'refused', reason };
}

/** Whether the root may have files of this type. */
export function appliesTo(root: Root, type: string | null): boolean {
  return root.types === undefined || (type !== null && root.types.includes(type));
}

function relativeTo(root: Root, path: string): string | undefined {
  const relative = isAbsolute(path) ? belowRoot(root.path, path) : withoutPrefix(path, root.strip);
  return relative === undefined || climbsOut(relative) ? undefined : relative;
}

function belowRoot(root: string, path: string): string | undefined {
  const prefix = root.endsWith('/') ? root : `${root}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

function withoutPrefix(path: string, strip: string | undefined): string {
  return strip !== undefined && path.startsWith(strip) ? path.slice(strip.length) : path;
}

function climbsOut(relative: string): boolean {
  let depth = 0;
  for (const segment of relative.split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
