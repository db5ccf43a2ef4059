import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const PREFIX = '.salvor-work-';
/** Process ids mean something on one host only, and a directory may be shared by several. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const NAME = new RegExp(`^\\${PREFIX}([0-9a-f]{8})-(\\d{1,10})-`);

/**
 * A new directory under `parent` for what is not finished yet; the caller removes it. What processes of this host
 * that were killed have left there is removed first.
 */
export function makeWorkDirectory(parent: string): string {
  for (const name of readdirSync(parent)) {
    const match = NAME.exec(name);
    if (match !== null && match[1] === HOST && !isAlive(Number(match[2]))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
  return mkdtempSync(join(parent, `${PREFIX}${HOST}-${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
