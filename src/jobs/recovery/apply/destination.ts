import { join } from 'node:path';
import { basenameOf } from '../evidence/expected.js';
import type { MissingRow, TypeRule } from '../plan/row.js';

/** Where a file will be placed, or why it cannot be placed. */
export type Destination = { ok: true; absolute: string; filePath: string } | { ok: false; reason: string };

/** NAME_MAX of common file systems. */
const MAX_SEGMENT_BYTES = 255;
const MAX_SEGMENTS = 64;

/**
 * Computes the destination from names alone: `file_path` below the destination, otherwise the expected basename in the
 * first directory of the type. What is on the disk there is checked when the file is placed.
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
    return { ok: false, reason: `${JSON.stringify(row.filePath)} is outside every root` };
  const wrong = unsafe(relative);
  return wrong === undefined
    ? { ok: true, absolute: join(root, relative), filePath }
    : { ok: false, reason: wrong };
}

/** Why a recovered file cannot be placed at a relative path; undefined when it can. */
export function unsafe(path: string): string | undefined {
  const segments = path.split('/');
  if (path === '' || basenameOf(path) === '') return 'it does not name a file';
  if (path.startsWith('/')) return 'it is an absolute path';
  if (segments.length > MAX_SEGMENTS) return `it has more than ${MAX_SEGMENTS} segments`;
  if (segments.some((one) => one === '')) return 'it has an empty segment';
  // This covers `.` and `..`, `.git`, and other files that programs read by default.
  if (segments.some((one) => one.startsWith('.'))) return 'a segment starts with a dot';
  if (/[\x00-\x1f\x7f]/.test(path)) return 'it contains control characters';
  if (/[\ud800-\udfff]/u.test(path)) return 'it is not valid UTF-8';
  if (segments.some((one) => Buffer.byteLength(one) > MAX_SEGMENT_BYTES))
    return `a segment has more than ${MAX_SEGMENT_BYTES} bytes`;
  return undefined;
}
