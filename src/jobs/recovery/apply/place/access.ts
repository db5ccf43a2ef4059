import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** The configured access to recovered files. What is not configured follows the directory of the file. */
export interface AccessRules {
  /** Permission bits of a recovered file. */
  fileMode?: number | undefined;
  /** Permission bits of new directories. */
  dirMode?: number | undefined;
  /** Numeric group id. */
  gid?: number | undefined;
}

const OWNER_FILE = 0o600;
const OWNER_DIRECTORY = 0o700;

/** The file can be read by everyone who can read and enter the directory. */
export function fileModeIn(directory: Pick<Stats, 'mode'>, rules: AccessRules): number {
  if (rules.fileMode !== undefined) return rules.fileMode;
  const readers = (bits: number): boolean => (directory.mode & bits) === bits;
  return OWNER_FILE | (readers(0o050) ? 0o040 : 0) | (readers(0o005) ? 0o004 : 0);
}

/** A new directory is open to everyone who can read and enter its parent. The parent's set-group-id bit is kept. */
export function directoryModeIn(parent: Pick<Stats, 'mode'>, rules: AccessRules): number {
  return rules.dirMode ?? OWNER_DIRECTORY | (parent.mode & 0o2055);
}

/**
 * Sets mode and group through an open descriptor. If this account may not set the group, the proven file is still
 * placed; the return value says whether the file has the group.
 */
export async function grantAccess(
  handle: FileHandle,
  mode: number,
  directory: Pick<Stats, 'gid'>,
  rules: AccessRules,
): Promise<boolean> {
  const gid = rules.gid ?? directory.gid;
  const stats = await handle.stat();
  let hasGroup = stats.gid === gid;
  if (!hasGroup) {
    hasGroup = await handle.chown(stats.uid, gid).then(
      () => true,
      () => false,
    );
  }
  // After chown, because chown may clear special bits.
  await handle.chmod(mode);
  return hasGroup;
}
