import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  pid: number;
  started: string;
}

/** Undefined when there is no such process. */
export function processIdentityOf(pid: number): ProcessIdentity | undefined {
  if (!isAlive(pid)) return undefined;
  return { pid, started: startOf(pid) };
}

/** Whether the very process still runs. */
export function isSame(identity: ProcessIdentity): boolean {
  const now = processIdentityOf(identity.pid);
  return now !== undefined && now.started === identity.started;
}

/** One that has ended and was not yet buried (a zombie) is not alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !/^[ZX]/.test(statFields(pid)[0] ?? '');
}

/** Whether a process that is alive may be the PostgreSQL server of `data`; in doubt it is. */
export function mayServe(pid: number, data: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === data;
    return ps(pid, 'command').includes('postgres');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** proc(5)'s stat from its third field (the state) on; nothing where there is no /proc. */
function statFields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Field 22, with the boot that it counts from; elsewhere what ps says. */
function startOf(pid: number): string {
  try {
    if (process.platform !== 'linux') return ps(pid, 'lstart');
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${statFields(pid)[19]}`;
  } catch {
    return '';
  }
}

function ps(pid: number, column: string): string {
  return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
