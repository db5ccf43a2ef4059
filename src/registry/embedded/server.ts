import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { Failure } from '../../core/failure.js';
import type { Address } from '../target.js';
import { findBinaries } from './binaries.js';
import { dataPath, ensureCluster, prepareDirectory, programEnvironment } from './cluster.js';
import { directoryFailure, requireOwnDirectory } from './directory-failure.js';
import { linkLibraries } from './library-links.js';
import { chooseAccount } from './os-account.js';
import { claimPlace } from './paths.js';
import { isServed, type PostmasterSetup, readPostmaster, startPostmaster } from './postmaster.js';
import { logPath } from './server-log.js';
import { SOCKET_PORT, socketDirectory } from './socket-directory.js';
import { tryStartLock } from './start-lock.js';
import { isLast, joinServer, stayFor } from './users.js';

/** A running embedded server, as one of its users holds it. */
export interface EmbeddedServer {
  readonly address: Address;
  /** Starts the server again if it is gone. Returns at once when it is not, unless that is `doubted`. */
  revive(how?: { doubted: boolean }): Promise<void>;
  /** Stops the server, if this was its last user. Never throws. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Server settings in addition to the defaults. */
  settings?: Readonly<Record<string, string>>;
}

const POLL_MS = 25;
/** Longest silence from a server whose process is there: its socket was removed, or it hangs. */
const MUTE_MS = 60_000;
/** Replaying the log after a crash takes as long as the disk needs. */
const RECOVERY_MS = 15 * 60_000;
const STOP_MS = 60_000;

/**
 * Joins the users of the server in `directory`; makes and starts it if need be.
 * @throws Failure `registry.*`
 */
export async function openEmbedded(
  directory: string,
  options: EmbeddedOptions = {},
): Promise<EmbeddedServer> {
  requireOwnDirectory(resolve(directory));
  try {
    return await joinOrStart(directory, options);
  } catch (error) {
    throw directoryFailure(resolve(directory), error);
  }
}

async function joinOrStart(directory: string, options: EmbeddedOptions): Promise<EmbeddedServer> {
  await prepareDirectory(resolve(directory));
  const own = await realpath(directory);
  const account = chooseAccount(own);
  const binaries = findBinaries();
  const env = programEnvironment(await linkLibraries(binaries.native, join(own, 'lib')));
  const setup: PostmasterSetup = {
    directory: own,
    socketDirectory: await socketDirectory(own, account),
    binaries,
    account,
    env,
    settings: options.settings ?? {},
  };
  const server = new SharedServer(setup);
  await server.revive();
  return server;
}

class SharedServer implements EmbeddedServer {
  readonly address: Address;
  readonly #setup: PostmasterSetup;
  #presence: pg.Client | undefined;
  #entering: Promise<void> | undefined;
  #closed = false;

  constructor(setup: PostmasterSetup) {
    this.#setup = setup;
    this.address = { host: setup.socketDirectory, port: SOCKET_PORT, user: 'salvor', database: 'salvor' };
  }

  async revive(how = { doubted: false }): Promise<void> {
    if (this.#closed) return;
    if (how.doubted && this.#presence !== undefined) {
      const doubted = this.#presence;
      this.#presence = undefined;
      await doubted.end().catch(() => undefined);
    }
    if (this.#presence !== undefined) return;
    this.#entering ??= this.#enter().finally(() => {
      this.#entering = undefined;
    });
    await this.#entering;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#entering?.catch(() => undefined);
    const presence = this.#presence;
    this.#presence = undefined;
    if (presence === undefined) return;
    stayFor(presence, true);
    try {
      if (await isLast(presence)) await this.#stop(presence);
    } catch {
      // The server is gone or going already: somebody else stopped it, or it was killed.
    } finally {
      await presence.end().catch(() => undefined);
    }
  }

  async #enter(): Promise<void> {
    let deadline = Date.now() + MUTE_MS;
    const started = Date.now();
    for (;;) {
      const answer = await this.#tryToJoin();
      if (answer === 'joined') return;
      if (answer === 'nobody' && (await this.#start())) deadline = Date.now() + MUTE_MS;
      if (answer === 'busy') deadline = Math.min(Date.now() + MUTE_MS, started + RECOVERY_MS);
      if (Date.now() > deadline) throw await this.#mute();
      await sleep(POLL_MS);
    }
  }

  async #tryToJoin(): Promise<'joined' | 'busy' | 'nobody'> {
    const location = `embedded:${this.#setup.directory}`;
    const joined = await joinServer(this.address, location, (client) => this.#leave(client));
    if (joined === 'busy' || joined === 'nobody') return joined;
    this.#presence = joined;
    return 'joined';
  }

  #leave(client: pg.Client): void {
    if (this.#presence === client) this.#presence = undefined;
  }

  /** Whether it was this process that did something for a start. */
  async #start(): Promise<boolean> {
    const { directory, binaries, account, env } = this.#setup;
    if (await isServed(directory)) return false;
    const unlock = await tryStartLock(join(directory, 'start.lock'));
    if (unlock === undefined) return false;
    try {
      if (await isServed(directory)) return false;
      await claimPlace(directory);
      await ensureCluster(directory, binaries, account, env);
      return (await startPostmaster(this.#setup)) === 'ready';
    } finally {
      await unlock();
    }
  }

  /** Fast shutdown: sessions end, the log is flushed, nothing need be replayed at the next start. */
  async #stop(presence: pg.Client): Promise<void> {
    // By a shell of the server's: its process number means something else, or nothing, in another container.
    const pid = "(pg_catalog.string_to_array(pg_catalog.pg_read_file('postmaster.pid'), chr(10)))[1]";
    const { rows } = await presence.query<{ pid: string }>(`select ${pid} as pid`);
    const number = Number(rows[0]?.pid);
    if (!Number.isSafeInteger(number) || number <= 1) return;
    await presence.query(`copy (select 1) to program 'kill -INT ${number}'`).catch(() => undefined);
    const deadline = Date.now() + STOP_MS;
    while ((await readPostmaster(this.#setup.directory))?.pid === number && Date.now() < deadline) {
      await sleep(POLL_MS);
    }
  }

  async #mute(): Promise<Failure> {
    const { directory, socketDirectory: place } = this.#setup;
    const found = await readPostmaster(directory);
    const who =
      found === undefined
        ? 'no server could be started'
        : `the server (process ${found.pid}) does not answer`;
    return new Failure(
      'registry.unavailable',
      `embedded registry ${directory}: ${who} on its socket in ${place}`,
      {
        hint: `see ${logPath(directory)}; if the process is no server of ${dataPath(directory)}, remove postmaster.pid there`,
      },
    );
  }
}
