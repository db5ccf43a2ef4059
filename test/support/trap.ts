import { expect } from 'vitest';
import type { Database } from '../../src/registry/database.js';
import type { Session } from '../../src/registry/session.js';

/** Any number that nobody else locks. */
const LOCKS = 4711;

/**
 * Holds workers where chance would hardly hit them, in the transaction that writes rows and their report: a trigger makes
 * them wait for a lock that the test has. Nothing else is slowed down.
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
      create table trap (worker text);
      create function trap() returns trigger language plpgsql as $$ begin
        if exists (select from trap t where t.worker = new.worker) then
          perform pg_advisory_xact_lock(${LOCKS}, hashtext(new.worker));
        end if;
        return new;
      end $$;
      create trigger trap before insert on salvor.work_reports for each row execute function trap()`);
    return new Trap(database, await database.session());
  }

  /** Catches the worker the next time that it reports. */
  async set(worker: string): Promise<void> {
    await this.#session.query(`select pg_advisory_lock(${LOCKS}, hashtext($1))`, [worker]);
    await this.#database.query('insert into trap values ($1)', [worker]);
  }

  /** Comes back when it is caught. */
  async caught(worker: string): Promise<void> {
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted and classid = ${LOCKS}
      and objid::bigint = hashtext($1)::bigint & x'ffffffff'::bigint
      and database = (select oid from pg_database where datname = current_database())`;
    await expect
      .poll(async () => (await this.#database.query(waiting, [worker])).rowCount, { interval: 20 })
      .toBe(1);
  }

  /** Lets go whoever is caught, and catches nobody any more. */
  async open(): Promise<void> {
    await this.#database.query('delete from trap');
    await this.#session.close();
  }
}
