// Loaded by `node --import`: every file that a reading thread opens takes READ_LATENCY_MS longer, as on a remote disk.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const latencyMs = Number(process.env.READ_LATENCY_MS ?? 5);
const nobody = new Int32Array(new SharedArrayBuffer(4));
const { openSync } = fs;

if (!isMainThread) {
  fs.openSync = (...parameters) => {
    Atomics.wait(nobody, 0, 0, latencyMs);
    return openSync(...parameters);
  };
  syncBuiltinESMExports();
}
