import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import { isAlive } from '../embedded/process-identity.js';
import type { RunStart } from '../port.js';
import type { Session } from '../session.js';
import { decodeText, encodeText } from '../text.js';
import { RUN_COLUMNS, type RunRow } from './run-row.js';
import { scopeKey } from './scope-key.js';

/**
 * SQL that is true while the server process `$pid` holds the advisory lock `$key`. pg_locks shows a `bigint` key as
 * two halves.
 */
export function holdsLock(key: string, pid?: string): string {
  return `exists (
    select from pg_catalog.pg_locks l
    where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
      and ((l.classid::bigint << 32) | l.objid::bigint) = ${key}
      ${pid === undefined ? '' : `and l.pid = ${pid}`})`;
}

/** The server notices a killed client when it is next idle; that is soon, but not at once. */
const KILLED_HOLDER_MS = 10_000;
const POLL_MS = 50;

/**
 * Takes the lock of job and scope for as long as the session lives.
 * @throws Failure `run.locked` (exit 4)
 */
export async function takeRunLock(session: Session, start: RunStart): Promise<void> {
  const key = scopeKey(start.job, start.scope);
  const deadline = Date.now() + KILLED_HOLDER_MS;
  for (;;) {
    const { rows } = await session.query<{ taken: boolean }>(
      'select pg_catalog.pg_try_advisory_lock($1) as taken',
      [key],
    );
    if (rows[0]?.taken === true) return;
    const holder = await findHolder(session, start, key);
    const gone = holder !== undefined && decodeText(holder.host) === start.host && !isAlive(holder.pid);
    if (!gone || Date.now() > deadline) throw lockedFailure(start, holder);
    await sleep(POLL_MS);
  }
}

export async function releaseRunLock(session: Session, start: RunStart): Promise<void> {
  const key = scopeKey(start.job, start.scope);
  // Ending the session lets it go too; this makes it so at once.
  await session.query('select pg_catalog.pg_advisory_unlock($1)', [key]).catch(() => undefined);
  await session.close();
}

async function findHolder(session: Session, start: RunStart, key: string): Promise<RunRow | undefined> {
  const { rows } = await session.query<RunRow>(
    `select ${RUN_COLUMNS} from salvor.runs
     where scope_key = $1 and job = $2 and scope = $3 and status = 'running'
     order by started_at desc limit 1`,
    [key, encodeText(start.job), encodeText(start.scope)],
  );
  return rows[0];
}

function lockedFailure(start: RunStart, holder: RunRow | undefined): Failure {
  const who =
    holder === undefined
      ? 'another run that has just begun'
      : `run ${holder.id} on host ${decodeText(holder.host)} (process ${holder.pid}), started ${timeText(holder.started_at)}`;
  return new Failure('run.locked', `${start.job} on ${start.scope} is locked by ${who}`, {
    exitCode: 4,
    hint: 'wait until it has ended; the lock of a run that was killed is free by itself',
    ...(holder === undefined
      ? {}
      : {
          detail: {
            run_id: holder.id,
            host: decodeText(holder.host),
            pid: holder.pid,
            started_at: timeText(holder.started_at),
          },
        }),
  });
}
