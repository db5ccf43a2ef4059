// Loaded by `node --import`: every file that a reading thread opens takes READ_LATENCY_MS longer, as on a remote disk,
// and waits for as long as the file READ_GATE exists.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const latencyMs = Number(process.env.READ_LATENCY_MS ?? 5);
const gate = process.env.READ_GATE;
const nobody = new Int32Array(new SharedArrayBuffer(4));
const { existsSync, openSync } = fs;

if (!isMainThread) {
  fs.openSync = (...parameters) => {
    Atomics.wait(nobody, 0, 0, latencyMs);
    while (gate !== undefined && existsSync(gate)) Atomics.wait(nobody, 0, 0, 5);
    return openSync(...parameters);
  };
  syncBuiltinESMExports();
}
