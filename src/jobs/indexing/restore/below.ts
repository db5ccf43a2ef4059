import { closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../../core/failure.js';
import { onDisk } from '../placement.js';

const ROOT = constants.O_RDONLY | constants.O_DIRECTORY;
const FOLDER = ROOT | constants.O_NOFOLLOW;

/** Where a member is restored below a directory. */
interface Place {
  folders: string[];
  file: string;
}

/** @throws Failure `restore.unsafe_name` if the name leads outside the directory */
export function placeInDirectory(member: string): Place {
  const segments = member.split('/').filter((segment) => segment !== '' && segment !== '.');
  const file = segments.pop();
  if (file === undefined || file === '..' || segments.includes('..'))
    throw unsafe(member, 'its name leads outside the directory');
  return { folders: segments, file };
}

/**
 * Creates the folders of a member below the directory and calls `place` with its path. Each folder is opened relative
 * to its parent and no link is followed, so the path stays below the directory even if someone replaces a folder in the
 * meantime.
 * @throws Failure `restore.unsafe_name`
 */
export function withinFolders(directory: string, member: string, place: (path: string) => void): void {
  const { folders, file } = placeInDirectory(member);
  let folder = openSync(onDisk(directory), ROOT);
  let shown = directory;
  try {
    for (const name of folders) {
      shown = join(shown, name);
      const next = openFolder(childOf(folder, name, shown), member, shown);
      closeSync(folder);
      folder = next;
    }
    place(childOf(folder, file, join(shown, file)));
  } finally {
    closeSync(folder);
  }
}

const HAS_DESCRIPTORS = existsSync('/proc/self/fd');

/** Through the open folder or, without /proc, by path. */
function childOf(folder: number, name: string, path: string): string {
  return HAS_DESCRIPTORS ? `/proc/self/fd/${folder}/${name}` : path;
}

function openFolder(path: string, member: string, shown: string): number {
  try {
    mkdirSync(onDisk(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    return openSync(onDisk(path), FOLDER);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ELOOP' && code !== 'ENOTDIR') throw error;
    throw unsafe(member, `${shown} is not a directory`);
  }
}

function unsafe(member: string, why: string): Failure {
  return new Failure('restore.unsafe_name', `${JSON.stringify(member)} was not restored: ${why}`, {
    exitCode: 1,
    hint: 'restore it alone under another name with -o FILE',
  });
}
