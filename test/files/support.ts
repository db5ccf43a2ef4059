/** Threads run compiled code: the build comes before the tests. */
export const workerScript = new URL('../../dist/files/hash-worker.js', import.meta.url);
