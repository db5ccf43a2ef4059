import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { usageFailure } from '../../core/failure.js';
import { newSecret } from './tokens.js';

const NAME = 'dashboard-token';
const MAX_BYTES = 4096;

/**
 * The dashboard's own token, from the state directory. Created if absent, readable only by its owner.
 * @throws Failure `dashboard.token_file` (exit 2)
 */
export function ownToken(stateDirectory: string): { file: string; secret: string } {
  const file = join(stateDirectory, NAME);
  try {
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    return { file, secret: create(file) ?? read(file) };
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw refused(file, error.message);
  }
}

/** Undefined if the file already exists. */
function create(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(
      file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  const secret = newSecret();
  try {
    writeSync(handle, `${secret}\n`);
  } finally {
    closeSync(handle);
  }
  return secret;
}

function read(file: string): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile() || stat.size > MAX_BYTES) throw refused(file, 'is not a token file');
    if ((stat.mode & 0o077) !== 0) throw refused(file, 'can be read by other accounts');
    if (stat.uid !== process.getuid?.()) throw refused(file, 'belongs to another account');
    const secret = readFileSync(handle, 'utf8').trim();
    if (!/^[\x21-\x7e]{32,}$/.test(secret)) throw refused(file, 'does not contain a valid token');
    return secret;
  } finally {
    closeSync(handle);
  }
}

function refused(file: string, why: string): Error {
  return usageFailure(
    'dashboard.token_file',
    `${file}: ${why}`,
    'remove the file; the next start creates a new one',
  );
}
