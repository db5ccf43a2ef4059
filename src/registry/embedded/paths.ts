import { readFile, statfs, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../core/failure.js';
import { readPostmaster } from './postmaster.js';

/** `f_type` of statfs(2) on Linux: NFS, SMB, SMB2, CIFS, AFS, Ceph, Lustre, GPFS. */
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x5346414f, 0x00c36400, 0x0bd00bd0, 0x47504653,
]);

/**
 * On a file system that several hosts share, a server on another host can be seen neither by its socket nor by its
 * process number, and two servers on one data directory destroy it. So there the host that started the server is kept
 * in a file, and another host refuses to while the server was not shut down.
 * @throws Failure `registry.embedded_elsewhere`
 */
export async function claimPlace(
  directory: string,
  host: string = hostname(),
  isShared: (directory: string) => Promise<boolean> = onNetwork,
): Promise<void> {
  if (!(await isShared(directory))) return;
  const record = join(directory, 'server-host');
  const holder = (await readFile(record, 'utf8').catch(() => host)).trim();
  if (holder !== host && (await readPostmaster(directory)) !== undefined) {
    throw new Failure(
      'registry.embedded_elsewhere',
      `the embedded registry ${directory} is on a network file system, and its server was started on host ${holder}`,
      {
        hint: `run salvor on ${holder}; if that host is gone for good, remove ${record}; for several hosts use postgres://…`,
      },
    );
  }
  await writeFile(record, `${host}\n`, { mode: 0o600 });
}

async function onNetwork(directory: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return NETWORK_FILE_SYSTEMS.has((await statfs(directory)).type);
}
