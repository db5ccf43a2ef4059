// Loaded by `node --import`: reading a file whose path contains READ_FAILS_AT fails with READ_ERROR after the first
// READ_FAILS_AFTER bytes, as on a network file system whose server has lost the file.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { READ_FAILS_AT = '', READ_ERROR = 'ESTALE', READ_FAILS_AFTER = '0' } = process.env;
const failing = new Map();
const { openSync, readSync, closeSync } = fs;

if (!isMainThread) {
  fs.openSync = (path, ...rest) => {
    const fd = openSync(path, ...rest);
    if (String(path).includes(READ_FAILS_AT)) failing.set(fd, 0);
    return fd;
  };
  fs.closeSync = (fd) => {
    failing.delete(fd);
    closeSync(fd);
  };
  fs.readSync = (fd, buffer, offset, length, position) => {
    if (!failing.has(fd)) return readSync(fd, buffer, offset, length, position);
    const at = position ?? failing.get(fd);
    if (at >= Number(READ_FAILS_AFTER))
      throw Object.assign(new Error(`${READ_ERROR}: stale file handle, read`), { code: READ_ERROR });
    const bytes = readSync(fd, buffer, offset, Math.min(length, Number(READ_FAILS_AFTER) - at), position);
    failing.set(fd, at + bytes);
    return bytes;
  };
  syncBuiltinESMExports();
}
