import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { type SecondTask, type SharedRing, SLOTS, views } from './second-thread-ring.js';

/** The worker of `SecondThread`: hashes one file after another, slot by slot. */
const { ring, slots } = views(workerData as SharedRing);

parentPort?.on('message', ({ algorithms }: SecondTask) => {
  const hashes = algorithms.map((algorithm) => createHash(algorithm));
  for (let consumed = 0; ; consumed += 1) {
    while (Atomics.load(ring.produced, 0) === consumed) Atomics.wait(ring.produced, 0, consumed);
    const bytes = Atomics.load(ring.lengths, consumed % SLOTS);
    if (bytes === 0) break;
    const content = slots[consumed % SLOTS]?.subarray(0, bytes) ?? Buffer.alloc(0);
    for (const hash of hashes) hash.update(content);
    Atomics.store(ring.consumed, 0, consumed + 1);
    Atomics.notify(ring.consumed, 0);
  }
  const text = hashes.map((hash) => hash.digest('hex')).join(' ');
  Atomics.store(
    ring.textBytes,
    0,
    ring.text.length < text.length
      ? 0
      : Buffer.from(ring.text.buffer, ring.text.byteOffset).write(text, 'latin1'),
  );
  Atomics.store(ring.done, 0, 1);
  Atomics.notify(ring.done, 0);
});
