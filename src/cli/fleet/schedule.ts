import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { Cron } from 'croner';
import { usageFailure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import type { DatabaseClock } from '../../queue/database-clock.js';
import type { Database } from '../../registry/database.js';
import { claimStart } from '../../registry/units/schedule-starts.js';
import type { Config } from '../config/schema.js';
import { asFailure } from '../terminal/output.js';

type Entry = NonNullable<Config['schedule']>[number];

/** Longest sleep; longer waits are split, so that a changed clock or a suspended host is noticed. */
const STEP_MS = 30_000;

export interface ScheduleParts {
  database: Database;
  clock: DatabaseClock;
  /** Flags for every started command. */
  flags: readonly string[];
  registryUrl: string;
  say: (message: string) => void;
  stop: AbortSignal;
}

/**
 * Starts the configured jobs when they are due by the database's clock, each in its own process. Of any number of workers,
 * exactly one starts a due job. Jobs that were due while no worker ran are skipped.
 */
export class Schedule {
  readonly #entries: { entry: Entry; cron: Cron }[];
  readonly #parts: ScheduleParts;
  readonly #running = new Set<ChildProcess>();

  /** @throws Failure `config.invalid` for a malformed time */
  constructor(entries: readonly Entry[], parts: ScheduleParts) {
    this.#parts = parts;
    this.#entries = entries.map((entry) => ({ entry, cron: cronOf(entry) }));
  }

  /** Returns after the stop, once all started jobs have ended. */
  async run(): Promise<void> {
    const { stop } = this.#parts;
    stop.addEventListener('abort', () => this.#stopRunning(), { once: true });
    await Promise.all(this.#entries.map(({ entry, cron }) => this.#follow(entry, cron)));
    await Promise.all([...this.#running].map((child) => once(child, 'close')));
  }

  async #follow(entry: Entry, cron: Cron): Promise<void> {
    const { clock, stop } = this.#parts;
    let due = cron.nextRun(clock.now());
    while (due !== null && !stop.aborted) {
      const waitMs = due.getTime() - clock.now().getTime();
      if (waitMs > 0) {
        await clock.sleep(Math.min(waitMs, STEP_MS), stop);
        continue;
      }
      await this.#startOnce(entry, due);
      due = cron.nextRun(clock.now());
    }
  }

  async #startOnce(entry: Entry, due: Date): Promise<void> {
    const { database, say, stop } = this.#parts;
    if (stop.aborted) return;
    const words = commandOf(entry).join(' ');
    try {
      if (await claimStart(database, words, due, hostname())) this.#start(entry, words);
    } catch (error) {
      say(`${words} was due at ${timeText(due)} but not started: ${asFailure(error).message}`);
    }
  }

  #start(entry: Entry, words: string): void {
    const { flags, registryUrl, say } = this.#parts;
    const [main = ''] = process.argv.slice(1);
    say(`schedule: starting ${words}`);
    const child = spawn(process.execPath, [main, ...commandOf(entry), ...flags], {
      // Its output goes to stderr, because stdout is for the worker's own result.
      stdio: ['ignore', 2, 2],
      env: { ...process.env, SALVOR_REGISTRY: registryUrl },
    });
    this.#running.add(child);
    child.on('error', (error) => say(`schedule: ${words} could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      this.#running.delete(child);
      say(`schedule: ${words} ended with ${signal ?? `exit code ${code}`}`);
    });
  }

  #stopRunning(): void {
    for (const child of this.#running) child.kill('SIGTERM');
  }
}

function commandOf({ job, args = [] }: Entry): string[] {
  return [...job.split(' '), ...args];
}

function cronOf({ cron, timezone }: Entry): Cron {
  try {
    const made = new Cron(cron, { paused: true, ...(timezone === undefined ? {} : { timezone }) });
    // Computing the next time checks the time zone.
    made.nextRun();
    return made;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageFailure('config.invalid', `schedule: ${JSON.stringify(cron)}: ${reason}`);
  }
}
