import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { ContentSink, Query } from '../../jobs/recovery/source-port.js';
import { openBeneath, readAll } from '../directory/open-beneath.js';
import { copyTo, hashAndExamine, type ReadContent } from '../hashing.js';
import { gitOutput } from './run-git.js';

/** A content that the store of a repository has. */
export interface LfsContent extends Pick<ReadContent, 'sizeBytes' | 'examined'> {
  digest: string;
  /** The directory of the store, and the file in it. */
  objects: string;
  path: string;
  mtimeMs: number;
}

/** The store of Git LFS holds contents under their SHA-256, which a pointer has told us. */
export async function* searchLfs(repository: string, query: Query): AsyncGenerator<LfsContent> {
  if (query.digests.size === 0) return;
  const common = await gitOutput(repository, ['rev-parse', '--git-common-dir']);
  const objects = join(isAbsolute(common) ? common : join(repository, common), 'lfs', 'objects');
  if (!(await readdir(objects).catch(() => undefined))) return;
  for (const digest of query.digests) {
    const path = `${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`;
    const file = await openBeneath(objects, Buffer.from(path)).catch(() => undefined);
    if (file === undefined) continue;
    try {
      const { mtimeMs } = await file.stat();
      const { sha256, sizeBytes, examined } = await hashAndExamine(readAll(file), query.examine(path));
      if (sha256 === digest) yield { digest, objects, path, sizeBytes, examined, mtimeMs };
    } finally {
      await file.close();
    }
  }
}

/** Copies a content of the store. @throws Error when it is not there any more */
export async function copyLfs(
  objects: string,
  path: string,
  sink: ContentSink,
): Promise<{ sha256: string; sizeBytes: number }> {
  const file = await openBeneath(objects, Buffer.from(path));
  if (file === undefined) throw new Error('it is no regular file any more');
  try {
    return await copyTo(readAll(file), sink);
  } finally {
    await file.close();
  }
}
