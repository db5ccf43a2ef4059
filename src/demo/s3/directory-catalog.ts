import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { compareUtf8 } from '../../core/bytes.js';
import { type Catalog, inventedEtag, type StoredObject } from './catalog.js';
import { S3Error } from './s3-error.js';

/** A bucket whose objects are the regular files that the directory had when it was opened, plus later uploads. */
export async function directoryCatalog(directory: string): Promise<Catalog> {
  const objects = await readObjects(directory);
  objects.sort((a, b) => compareUtf8(a.key, b.key));
  const forget = (key: string): void => {
    const index = objects.findIndex((object) => object.key === key);
    if (index >= 0) objects.splice(index, 1);
  };
  return {
    get length() {
      return objects.length;
    },
    at(index) {
      const found = objects[index];
      if (found === undefined) throw new RangeError(`no object ${index}`);
      return found;
    },
    async *read(object, start, end) {
      if (end > start) yield* createReadStream(pathOf(directory, object.key), { start, end: end - 1 });
    },
    async put(key, content) {
      const path = pathOf(directory, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.uploading`, content);
      await rename(`${path}.uploading`, path);
      const object = await describe(directory, key);
      forget(key);
      objects.push(object);
      objects.sort((a, b) => compareUtf8(a.key, b.key));
      return object;
    },
    async delete(key) {
      await rm(pathOf(directory, key), { force: true });
      forget(key);
    },
  };
}

async function readObjects(directory: string): Promise<StoredObject[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const keys = files.map((file) =>
    relative(directory, join(file.parentPath, file.name)).split(sep).join('/'),
  );
  return Promise.all(keys.map((key) => describe(directory, key)));
}

async function describe(directory: string, key: string): Promise<StoredObject> {
  const { size, mtimeMs } = await stat(pathOf(directory, key));
  return {
    key,
    sizeBytes: size,
    lastModifiedMs: Math.trunc(mtimeMs),
    etag: inventedEtag(`${key}\0${mtimeMs}`, size),
  };
}

function pathOf(directory: string, key: string): string {
  const segments = key.split('/');
  if (segments.some((segment) => ['', '.', '..'].includes(segment)) || key.includes('\0')) {
    throw new S3Error('InvalidArgument', 'this bucket is a directory, and the key is not a valid path in it');
  }
  return join(directory, ...segments);
}
