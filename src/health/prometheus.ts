import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HealthEvent } from './event.js';
import { fileFailure } from './file-failure.js';
import { advance, parseState } from './prometheus-state.js';
import { prometheusText, type SeriesState } from './prometheus-text.js';
import { replaceFile } from './replace-file.js';
import type { HealthSink } from './sink.js';

/**
 * How often to write again. Each round includes all processes that have written by then; later ones write once more.
 */
const MAX_ROUNDS = 20;

/**
 * The latest state of every job, scope and host as a text file for node_exporter.
 *
 * Each combination has a file of its own in `PATH.d/`, which only its own runs write; PATH is generated from all of
 * them. After replacing PATH, a process checks whether the states have changed in the meantime and if so writes again.
 * So the last process to replace PATH has seen every state, and concurrent runs lose nothing without a lock. If a
 * process is killed in between, the next event completes PATH.
 */
export function prometheusSink(path: string): HealthSink {
  const directory = `${path}.d`;
  return {
    name: `prometheus:${path}`,
    async write(event) {
      try {
        await keepState(directory, event);
        await render(path, directory);
      } catch (thrown) {
        throw fileFailure(path, thrown);
      }
    },
  };
}

async function keepState(directory: string, event: HealthEvent): Promise<void> {
  await mkdir(directory, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const file = join(directory, `${nameOf(event)}.json`);
  const before = await readState(file);
  await replaceFile(file, JSON.stringify(advance(before, event)), 0o640);
}

/** A scope contains slashes and can have any length, so its digest is used. */
function nameOf(event: HealthEvent): string {
  const key = JSON.stringify([event.checkName, event.scope, event.host]);
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

async function render(path: string, directory: string): Promise<void> {
  let text = prometheusText(await readStates(directory));
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await replaceFile(path, text, 0o644);
    const now = prometheusText(await readStates(directory));
    if (now === text) return;
    text = now;
  }
}

async function readStates(directory: string): Promise<SeriesState[]> {
  const names = (await readdir(directory)).filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).sort();
  const states = await Promise.all(names.map((name) => readState(join(directory, name))));
  return states.filter((state) => state !== undefined);
}

/** Undefined if there is none. A state that cannot be read is an error, because its series would vanish from PATH. */
async function readState(file: string): Promise<SeriesState | undefined> {
  try {
    return parseState(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
