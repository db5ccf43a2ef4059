import { lstatSync, statSync } from 'node:fs';
import { Failure } from '../../core/failure.js';
import { namedAccounts, rootsServerUid } from './os-account.js';

interface Meaning {
  code: string;
  hint: string;
}

const FULL: Meaning = {
  code: 'registry.disk_full',
  hint: 'free space on the disk of the registry, then run the command again',
};
const TAKEN: Meaning = {
  code: 'registry.embedded_directory',
  hint: 'something else is in the place of a file or directory of the registry: move it away, or name a directory of its own: embedded:/some/new/directory',
};
const DENIED: Meaning = {
  code: 'registry.denied',
  hint: 'name a directory that the account which runs salvor may create and own: embedded:/some/directory',
};

const MEANINGS: ReadonlyMap<string | undefined, Meaning> = new Map([
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['ENOTDIR', TAKEN],
  ['EISDIR', TAKEN],
  ['EEXIST', TAKEN],
  ['ENOTEMPTY', TAKEN],
  ['ELOOP', TAKEN],
  ['EACCES', DENIED],
  ['EPERM', DENIED],
  ['EROFS', DENIED],
  ['ENAMETOOLONG', DENIED],
  ['ENOENT', DENIED],
]);

/** What the operating system says of the registry's directory and the files in it, as a failure; any other error as it is. */
export function directoryFailure(directory: string, thrown: unknown): unknown {
  if (thrown instanceof Failure || !(thrown instanceof Error)) return thrown;
  const meaning = MEANINGS.get((thrown as NodeJS.ErrnoException).code);
  if (meaning === undefined) return thrown;
  const { code, hint } = meaning;
  return new Failure(code, `embedded registry ${directory}: ${thrown.message}`, { hint, cause: thrown });
}

/**
 * Root uses no registry of somebody else: its server runs as that account, which could then tell root what to read,
 * place and move. The user behind `sudo` counts as root itself does, as for the configuration.
 * @throws Failure `registry.embedded_owner`
 */
export function requireOwnDirectory(
  directory: string,
  {
    euid = process.geteuid?.(),
    sudoUid = process.env.SUDO_UID,
  }: { euid?: number | undefined; sudoUid?: string | undefined } = {},
): void {
  if (euid !== 0) return;
  const owner = ownerOf(directory);
  if (owner === undefined || owner === 0 || String(owner) === sudoUid || owner === rootsServerUid()) return;
  const name = accountName(owner);
  throw new Failure(
    'registry.embedded_owner',
    `embedded registry ${directory} belongs to ${name}, and root takes no orders from a registry that ${name} can write`,
    { hint: `run salvor as its owner (sudo -u ${name} salvor …), or name another directory` },
  );
}

function ownerOf(directory: string): number | undefined {
  try {
    return statSync(directory).uid;
  } catch {
    return lstatOwner(directory);
  }
}

function lstatOwner(path: string): number | undefined {
  try {
    return lstatSync(path).uid;
  } catch {
    return undefined;
  }
}

function accountName(uid: number): string {
  return namedAccounts().find((account) => account.uid === uid)?.name ?? `#${uid}`;
}
