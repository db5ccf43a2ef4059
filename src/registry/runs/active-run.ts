import { Failure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { Database } from '../database.js';
import { isAnswer } from '../pg-errors.js';
import type { ActiveRun, RunFinish, RunRecord, RunStart } from '../port.js';
import type { Session } from '../session.js';
import { encodeJson } from '../text.js';
import { SessionFindings } from './findings-ledger.js';
import { holdsLock, releaseRunLock } from './run-lock.js';
import { scopeKey } from './scope-key.js';

/** A run that has its row and its lock, the latter for as long as its session lives. */
export class SessionRun implements ActiveRun {
  readonly id: string;
  readonly closedDead: readonly RunRecord[];
  readonly findings: SessionFindings;
  readonly #start: RunStart;
  readonly #database: Database;
  readonly #session: Session;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #silentBeats: number;
  #beating = false;
  #asking = false;
  #silence = 0;
  #over = false;

  constructor(
    start: RunStart,
    { database, session }: { database: Database; session: Session },
    closedDead: readonly RunRecord[],
    { heartbeatMs, silenceMs }: { heartbeatMs: number; silenceMs: number },
  ) {
    this.id = start.id;
    this.closedDead = closedDead;
    this.findings = new SessionFindings(session, start);
    this.#start = start;
    this.#database = database;
    this.#session = session;
    session.lost.addEventListener('abort', () => this.#lose(session.lost.reason), { once: true });
    if (session.lost.aborted) this.#lose(session.lost.reason);
    this.#silentBeats = Math.max(1, Math.round(silenceMs / heartbeatMs));
    this.#timer = setInterval(() => this.#tick(), heartbeatMs);
    this.#timer.unref();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async finish(end: RunFinish): Promise<void> {
    this.#endOnce();
    try {
      this.#lost.signal.throwIfAborted();
      const { settle } = end;
      const prefixes = settle && (await this.findings.prepare(settle.completePrefixes));
      await this.#session.transaction(async (tx) => {
        if (settle && prefixes) await this.findings.settle(tx, end.finishedAt, prefixes, settle);
        const { rowCount } = await tx.query(
          `${CLOSE} and ${holdsLock('$8', 'pg_catalog.pg_backend_pid()')}`,
          [...this.#closing(end), scopeKey(this.#start.job, this.#start.scope)],
        );
        if (rowCount !== 1) throw this.#closedElsewhere();
      });
    } catch (error) {
      await this.#closeUnsettled(end);
      throw error;
    } finally {
      await this.#release();
    }
  }

  async abandon(): Promise<void> {
    this.#endOnce();
    await this.#release();
  }

  /** Beats until now: a server may fall silent while a run is ended, too. */
  async #release(): Promise<void> {
    await releaseRunLock(this.#session, this.#start);
    clearInterval(this.#timer);
  }

  /** Records the run as incomplete if its findings could not be settled. */
  async #closeUnsettled(end: RunFinish): Promise<void> {
    const closing = this.#closing({ ...end, status: 'incomplete', exitCode: 3 });
    await this.#database.query(CLOSE, closing).catch(() => undefined);
  }

  #closing(end: RunFinish): unknown[] {
    const failures = encodeJson(end.failures ?? []);
    return [
      this.id,
      end.status,
      end.exitCode,
      end.qualifying,
      encodeJson(end.summary),
      end.finishedAt,
      failures,
    ];
  }

  #endOnce(): void {
    if (this.#over) throw new Error(`run ${this.id} was ended twice`);
    this.#over = true;
  }

  #lose(reason: unknown): void {
    clearInterval(this.#timer);
    this.#lost.abort(reason);
  }

  /**
   * Beats are counted, and not the time: a host that stood still for a while has not waited for an answer. A beat may
   * wait for somebody who holds the run's row; that says nothing of the server.
   */
  #tick(): void {
    this.#silence += 1;
    if (this.#silence > this.#silentBeats) this.#giveUp();
    else if (this.#beating) void this.#askSession();
    else void this.#beat();
  }

  /**
   * By another connection than the run's own, which may be busy for long; it sees the lock all the same. A beat that
   * fails is not the end: as long as its session lives, the run holds its lock and is not dead.
   */
  async #beat(): Promise<void> {
    this.#beating = true;
    try {
      const { rows } = await this.#database.query<{ held: boolean }>(
        `update salvor.runs set heartbeat_at = pg_catalog.now()
         where id = $1 and status = 'running' returning ${holdsLock('$2', '$3')} as held`,
        [this.id, scopeKey(this.#start.job, this.#start.scope), this.#session.backendPid],
      );
      this.#silence = 0;
      if (this.#over) return;
      if (rows[0] === undefined) this.#lose(this.#closedElsewhere());
      else if (!rows[0].held) this.#lose(this.#lockLost());
    } catch (error) {
      // A server that refuses is there.
      if (isAnswer(error)) this.#silence = 0;
      void this.#askSession();
    } finally {
      this.#beating = false;
    }
  }

  /** It may be busy for long, and is asked once: meanwhile the beats go on. */
  async #askSession(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      await this.#session.query('select 1');
      this.#silence = 0;
    } catch (error) {
      if (!this.#over) this.#lose(error);
    } finally {
      this.#asking = false;
    }
  }

  /** A network that swallows packets keeps connections open for a quarter of an hour. */
  #giveUp(): void {
    const message = `registry ${this.#database.location}: no answer to ${counted(this.#silentBeats, 'heartbeat')} in a row`;
    this.#lose(
      new Failure('registry.unavailable', message, {
        hint: 'see whether the server and the network to it stand still, then run the command again',
      }),
    );
    this.#session.sever();
    this.#database.sever();
  }

  #closedElsewhere(): Failure {
    return new Failure(
      'run.closed',
      `run ${this.id} is no longer open: another process took it for dead and closed it`,
      {
        hint: 'run it again; see that the host does not stand still for minutes',
      },
    );
  }

  #lockLost(): Failure {
    return new Failure(
      'run.lock_lost',
      `run ${this.id} has lost the lock of ${this.#start.job} on ${this.#start.scope}`,
      {
        hint: 'connect to PostgreSQL itself, not to a pooler in transaction mode, and run it again',
      },
    );
  }
}

const CLOSE = `update salvor.runs
  set status = $2, exit_code = $3, qualifying = $4, summary = $5, finished_at = $6, failures = $7, heartbeat_at = pg_catalog.now()
  where id = $1 and status = 'running'`;
