import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { isMap, isSeq, parseDocument } from 'yaml';
import { usageFailure } from '../../core/failure.js';
import { parseStoreUrl } from '../../core/store-url.js';
import { type LoadedConfig, parseConfig } from '../config/load.js';

/** The configured `fail_on` of the backups of one scope. */
export interface FailOnNew {
  /** Backups that already fail only on new violations. */
  already: string[];
  /** Backups that do not, each with the line of the file at which its entry starts. */
  lacking: { url: string; line: number }[];
  /** URLs without a configured backup. */
  unknown: string[];
}

/** Looks up the URLs in the text of a configuration. */
export function failOnNewIn({ config }: LoadedConfig, text: string, urls: readonly string[]): FailOnNew {
  const found: FailOnNew = { already: [], lacking: [], unknown: [] };
  const lines = entryLines(text);
  for (const url of urls) {
    const backup = config.backups?.find((one) => parseStoreUrl(one.url).url === url);
    const index = backup === undefined ? -1 : (config.backups?.indexOf(backup) ?? -1);
    if (backup === undefined) found.unknown.push(url);
    else if (backup.fail_on === 'new') found.already.push(url);
    else found.lacking.push({ url, line: lines[index] ?? 1 });
  }
  return found;
}

/** The lines, from 1, at which the entries of `backups` start. */
function entryLines(text: string): number[] {
  const backups = parseDocument(text).get('backups');
  if (!isSeq(backups)) return [];
  return backups.items.map((item) => {
    const offset = isMap(item) ? (item.range?.[0] ?? 0) : 0;
    return text.slice(0, offset).split('\n').length;
  });
}

/**
 * The text with `fail_on: new` in the entries of these backups; comments and everything else stay.
 * @throws Failure `config.invalid` if the form of the file does not allow it
 */
export function withFailOnNew(text: string, file: string, urls: readonly string[]): string {
  const document = parseDocument(text);
  const { backups = [] } = parseConfig(text, file, process.env);
  for (const [index, backup] of backups.entries()) {
    if (!urls.includes(parseStoreUrl(backup.url).url)) continue;
    if (!isMap(document.getIn(['backups', index])))
      throw cannotWrite(file, `entry ${index + 1} of backups is not a plain YAML mapping`);
    document.setIn(['backups', index, 'fail_on'], 'new');
  }
  const changed = document.toString({ lineWidth: 0 });
  const after = parseConfig(changed, file, process.env).backups ?? [];
  const isDone = after.every(
    ({ url, fail_on }) => fail_on === 'new' || !urls.includes(parseStoreUrl(url).url),
  );
  if (!isDone) throw cannotWrite(file, 'the change had no effect');
  return changed;
}

function cannotWrite(file: string, why: string): Error {
  return usageFailure('config.invalid', `${file} cannot be changed: ${why}`, 'add `fail_on: new` by hand');
}

/** Replaces the file atomically and keeps owner and mode. If it is a link, the target is replaced. */
export function replaceConfig(file: string, text: string): void {
  const path = realpathSync(file);
  const { mode, uid, gid } = statSync(path);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    const fd = openSync(draft, 'wx', 0o600);
    try {
      if (process.getuid?.() === 0) fchownSync(fd, uid, gid);
      fchmodSync(fd, mode & 0o7777);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw usageFailure(
      'config.unreadable',
      `${file} cannot be written: ${reason}`,
      'add `fail_on: new` by hand',
    );
  }
}

/** The text of the configuration file. */
export function configText({ file }: LoadedConfig): string {
  return file === undefined ? '' : readFileSync(file, 'utf8');
}
