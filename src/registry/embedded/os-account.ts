import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Failure } from '../../core/failure.js';

/** As whom the server runs. PostgreSQL refuses to run as root, and needs an account that has a name. */
export type Account =
  | { kind: 'self' }
  /** A user namespace in which this account appears as another: files stay its own, nothing need be readable to others. */
  | { kind: 'namespace'; uid: number; gid: number }
  /** Really another account, which then owns the directory. */
  | { kind: 'other'; uid: number; gid: number };

/** From util-linux; makes the namespace and becomes the program. */
const UNSHARE = 'unshare';

interface Named {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Chooses the account for the server in `directory`, which exists.
 * @throws Failure `registry.embedded_as_root`
 */
export function chooseAccount(directory: string, allowed = namespaceAllowed): Account {
  const root = process.geteuid?.() === 0;
  if (!root && hasName()) return { kind: 'self' };
  const owner = statSync(directory);
  if (root && owner.uid !== 0) return { kind: 'other', uid: owner.uid, gid: owner.gid };
  const accounts = namedAccounts();
  const inside = accounts.find((account) => account.uid !== 0);
  if (inside && allowed(inside)) return { kind: 'namespace', uid: inside.uid, gid: inside.gid };
  const chosen = standIn(accounts);
  if (root && chosen) return { kind: 'other', uid: chosen.uid, gid: chosen.gid };
  throw new Failure(
    'registry.embedded_as_root',
    'the embedded registry cannot be run by this account: PostgreSQL refuses root and accounts without a name',
    { hint: 'run salvor as an ordinary user, or name a server: --registry postgres://…' },
  );
}

/** As whom the server of a root without user namespaces runs; undefined where there are such namespaces. */
export function rootsServerUid(allowed = namespaceAllowed): number | undefined {
  const accounts = namedAccounts();
  const inside = accounts.find((account) => account.uid !== 0);
  return inside && allowed(inside) ? undefined : standIn(accounts)?.uid;
}

function standIn(accounts: readonly Named[]): Named | undefined {
  const named = ['postgres', 'nobody'].map((name) => accounts.find((account) => account.name === name));
  return named.find((account) => account !== undefined);
}

/** The command line and the options of `spawn` that run a program as that account. */
export function asAccount(
  account: Account,
  command: string,
  args: readonly string[],
): { command: string; args: string[]; identity: { uid?: number; gid?: number } } {
  if (account.kind === 'namespace') {
    const mapped = ['-U', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--'];
    return { command: UNSHARE, args: [...mapped, command, ...args], identity: {} };
  }
  const identity = account.kind === 'other' ? { uid: account.uid, gid: account.gid } : {};
  return { command, args: [...args], identity };
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

function namespaceAllowed(account: Named): boolean {
  const map = [`--map-user=${account.uid}`, `--map-group=${account.gid}`];
  return spawnSync(UNSHARE, ['-U', ...map, '--', 'true'], { stdio: 'ignore' }).status === 0;
}

/** Every account of /etc/passwd. */
export function namedAccounts(): Named[] {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return lines.flatMap((line) => {
      const [name, , uid, gid] = line.split(':');
      return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
    });
  } catch {
    return [];
  }
}
