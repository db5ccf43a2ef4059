import { join } from 'node:path';
import { basenameOf } from '../evidence/expected.js';
import type { MissingRow, TypeRule } from '../plan/row.js';

/** Where a file goes, or why it goes nowhere. */
export type Destination = { ok: true; absolute: string; filePath: string } | { ok: false; reason: string };

/** NAME_MAX of the file systems that artifacts are kept on. */
const MAX_SEGMENT_BYTES = 255;
const MAX_SEGMENTS = 64;

/**
 * The destination by its name alone: `file_path` under the destination, else the type's first directory and the
 * expected basename. What stands there on the disk is looked at when the file is placed.
 */
export function destinationOf(
  row: MissingRow,
  rule: TypeRule,
  root: string,
  expectedBasename: string,
): Destination {
  const directory = rule.directories[0] ?? '';
  const filePath = row.filePath ?? (directory === '' ? expectedBasename : `${directory}/${expectedBasename}`);
  const relative = row.filePath === null ? filePath : row.placePath;
  if (relative === null)
    return { ok: false, reason: `${JSON.stringify(row.filePath)} leads out of every root` };
  const wrong = unsafe(relative);
  return wrong === undefined
    ? { ok: true, absolute: join(root, relative), filePath }
    : { ok: false, reason: wrong };
}

/** Why a relative path is no place for a recovered file; undefined when it is one. */
export function unsafe(path: string): string | undefined {
  const segments = path.split('/');
  if (path === '' || basenameOf(path) === '') return 'it names no file';
  if (path.startsWith('/')) return 'it is absolute';
  if (segments.length > MAX_SEGMENTS) return `it has more than ${MAX_SEGMENTS} segments`;
  if (segments.some((one) => one === '')) return 'it has an empty segment';
  // This takes in `.` and `..`, `.git` and whatever else a program reads without being told to.
  if (segments.some((one) => one.startsWith('.'))) return 'a segment starts with a dot';
  if (/[\x00-\x1f\x7f]/.test(path)) return 'it has control characters';
  if (/[\ud800-\udfff]/u.test(path)) return 'it is no UTF-8';
  if (segments.some((one) => Buffer.byteLength(one) > MAX_SEGMENT_BYTES))
    return `a segment has more than ${MAX_SEGMENT_BYTES} bytes`;
  return undefined;
}
