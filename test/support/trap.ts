import { expect } from 'vitest';
import type { Database } from '../../src/registry/database.js';
import type { Session } from '../../src/registry/session.js';

/**
 * Where a worker can be caught: in the transaction that writes rows and their report (`report`), or in the one that
 * ends the last unit of the run (`last`).
 */
export type Place = 'report' | 'last';

/** Any number that nobody else locks. */
const LOCKS = 4711;

/**
 * Holds workers at places that are too narrow to be hit by chance: a trigger makes them wait for a lock that the test
 * has. Nothing is slowed down elsewhere.
 */
export class Trap {
  readonly #database: Database;
  readonly #session: Session;

  private constructor(database: Database, session: Session) {
    this.#database = database;
    this.#session = session;
  }

  static async build(database: Database): Promise<Trap> {
    await database.query(`
      create table trap (worker text, place text);
      create function trap() returns trigger language plpgsql as $$ begin
        if exists (select from trap t where t.worker = new.worker and t.place = tg_argv[0]
            and (t.place <> 'last' or 1 = (select count(*) from salvor.work w where w.state in ('queued', 'active')))) then
          perform pg_advisory_xact_lock(${LOCKS}, hashtext(new.worker));
        end if;
        return new;
      end $$;
      create trigger trap_report before insert on salvor.work_reports
        for each row execute function trap('report');
      create trigger trap_last before update on salvor.work
        for each row when (new.state = 'done' and old.state <> 'done') execute function trap('last')`);
    return new Trap(database, await database.session());
  }

  /** Catches the worker the next time that it comes to the place. */
  async set(worker: string, place: Place): Promise<void> {
    await this.#session.query(`select pg_advisory_lock(${LOCKS}, hashtext($1))`, [worker]);
    await this.#database.query('insert into trap values ($1, $2)', [worker, place]);
  }

  /** Comes back when it is caught. */
  async caught(worker: string): Promise<void> {
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted and classid = ${LOCKS}
      and objid::bigint = hashtext($1)::bigint & x'ffffffff'::bigint
      and database = (select oid from pg_database where datname = current_database())`;
    await expect
      .poll(async () => (await this.#database.query(waiting, [worker])).rowCount, {
        timeout: 60_000,
        interval: 20,
      })
      .toBe(1);
  }

  /** Lets it go. */
  async open(worker: string): Promise<void> {
    await this.#session.query(`select pg_advisory_unlock(${LOCKS}, hashtext($1))`, [worker]);
  }

  /** Lets go whoever is caught, and catches nobody any more. */
  async remove(): Promise<void> {
    await this.#database.query('delete from trap');
    await this.#session.close();
  }
}
