import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isProcessAlive } from '../../core/process-alive.js';

const PREFIX = '.salvor-work-';
/** Part of the directory name, because process ids are per host and hosts may share a directory. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const NAME = new RegExp(`^\\${PREFIX}([0-9a-f]{8})-(\\d{1,10})-`);

/**
 * Creates a directory under `parent` for unfinished work; the caller removes it. First removes what killed processes of
 * this host left there.
 */
export function makeWorkDirectory(parent: string): string {
  for (const name of readdirSync(parent)) {
    const match = NAME.exec(name);
    if (match !== null && match[1] === HOST && !isProcessAlive(Number(match[2]))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
  return mkdtempSync(join(parent, `${PREFIX}${HOST}-${process.pid}-`));
}
