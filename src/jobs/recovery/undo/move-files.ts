import { Failure } from '../../../core/failure.js';
import { fileAt, moveFile, nodeAt } from '../apply/place/files.js';

/** Restores the stand-in that a bind moved away, unless something else is at its path. Returns whether it did. */
export async function putStandInBack(root: string, path: string, kept: string | null): Promise<boolean> {
  const node = kept === null ? undefined : await nodeAt(root, kept);
  if (kept === null || node === undefined) return false;
  const there = await nodeAt(root, path);
  if (there !== undefined && there.inode !== node.inode) return false;
  await moveFile(root, kept, path);
  return true;
}

/** Moves a file to the quarantine if it is still the one that was placed. Returns why it did not, or undefined. */
export async function moveAway(
  root: string,
  path: string,
  kept: string | null,
  sha256: string | null,
): Promise<string | undefined> {
  const file = await fileAt(root, path);
  if (file === undefined) return 'the file does not exist';
  if (file.sha256 !== sha256) return 'its content differs from the file that was placed';
  if (kept === null) return 'no quarantine path is recorded for it';
  try {
    await moveFile(root, path, kept);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `it could not be moved: ${error.message}`;
  }
}
