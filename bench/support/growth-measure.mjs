// The cost of one command: CPU of the program and of PostgreSQL, memory, rows written and WAL.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main, startWorker, stopWorker } from './workers.mjs';

const TICKS_PER_SECOND = 100;
const nowhere = openSync('/dev/null', 'w');

/**
 * Runs a job of the table, with the output discarded.
 * @param world what the group has prepared: base, config, env, database
 */
export async function measure({ name, script = main, args, codes = [0], worker = false }, world) {
  const { base, config, env, database } = world;
  const own = [...(typeof args === 'function' ? await args(world) : args)];
  const more = script === main ? ['--config', config, '--json'] : [];
  const helper = worker
    ? await startWorker(config, { env, nodeFlags: [usageFlag(join(base, 'worker.json'))] })
    : undefined;
  const before = await serverState(base, database);
  const child = spawn(
    process.execPath,
    [usageFlag(join(base, 'usage.json')), script, ...own, ...more],
    // Not spawnSync: the S3 server runs in this process.
    { cwd: base, env, stdio: ['ignore', nowhere, openSync(join(base, 'stderr.txt'), 'w')] },
  );
  const [code] = await once(child, 'exit');
  if (helper !== undefined) await stopWorker(helper);
  if (!codes.includes(code)) {
    const said = readFileSync(join(base, 'stderr.txt'), 'utf8').slice(-2000);
    throw new Error(`${name} ended with ${code}: ${said}`);
  }
  const after = await serverState(base, database);
  const used = usageIn(join(base, 'usage.json'));
  const helped = helper === undefined ? { cpu: 0, rss: 0 } : usageIn(join(base, 'worker.json'));
  return {
    node: used.cpu + helped.cpu,
    rss: Math.max(used.rss, helped.rss),
    server: after.seconds - before.seconds,
    rows: after.rows - before.rows,
    wal: after.wal - before.wal,
  };
}

/** A flag for node that writes what a process has used when it exits. */
function usageFlag(file) {
  const atExit = `import { writeFileSync } from 'node:fs';
    process.on('exit', () => writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.resourceUsage())));`;
  return `--import=data:text/javascript,${encodeURIComponent(atExit)}`;
}

function usageIn(file) {
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(file, 'utf8'));
  return { cpu: (userCPUTime + systemCPUTime) / 1e6, rss: maxRSS };
}

/** CPU of all finished backends (Linux), and the amount written so far. */
async function serverState(base, database) {
  const [pid] = readFileSync(join(base, 'pg', 'data', 'postmaster.pid'), 'utf8').split('\n');
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const { rows } = await database.query(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal,
       (tup_inserted + tup_updated + tup_deleted)::float8 as rows
     from pg_stat_database where datname = current_database()`,
  );
  return {
    seconds: (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND,
    wal: rows[0].wal,
    rows: rows[0].rows,
  };
}

/** The CPU seconds of a peer, whose output is discarded; undefined if it is not installed or fails. */
export async function cpuOf([program, ...args], env) {
  if (spawnSync('which', [program]).status !== 0) return undefined;
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1';
  const child = spawn('bash', ['-c', script, 'bash', program, ...args], {
    env,
    stdio: ['ignore', nowhere, 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (bytes) => {
    told += bytes;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) return undefined;
  const [user, system] = told.trim().split(' ').map(Number);
  return user + system;
}
