import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import {
  STAND_IN_LIMIT_BYTES,
  type StandIn,
  sha256Of,
  standInOf,
  standInOfLink,
} from '../../../../files/stand-in.js';
import { basenameOf } from '../../evidence/expected.js';
import { OpenDirectory } from './open-directory.js';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A stand-in at a path below a root. */
export interface StandInState {
  /** The digest of the stand-in itself: of its bytes, or of the target of a link. */
  sha256: string;
  /** The SHA-256 of the content that it represents, if it states one. */
  stated: string | null;
}

/** The stand-in at a path below a root; undefined for anything else. */
export async function standInAt(root: string, path: string): Promise<StandInState | undefined> {
  const directory = await OpenDirectory.of(root, path, { create: false }).catch(() => undefined);
  if (directory === undefined) return undefined;
  try {
    const name = directory.child(basenameOf(path));
    const target = await readlink(name).catch(() => undefined);
    if (target !== undefined) return stateOf(standInOfLink(target), Buffer.from(`link:${target}`));
    const content = await smallFile(name);
    return content === undefined ? undefined : stateOf(standInOf(content, basenameOf(path)), content);
  } finally {
    await directory.close();
  }
}

function stateOf(standIn: StandIn | undefined, content: Uint8Array): StandInState | undefined {
  if (standIn === undefined) return undefined;
  return { sha256: createHash('sha256').update(content).digest('hex'), stated: sha256Of(standIn) };
}

async function smallFile(name: string): Promise<Buffer | undefined> {
  const file = await open(name, READ).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > STAND_IN_LIMIT_BYTES) return undefined;
    return await file.readFile();
  } finally {
    await file.close();
  }
}
