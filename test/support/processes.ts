import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessSeen {
  pid: number;
  parent: number;
  /** As proc(5) and ps(1) have it; of ps with more letters after the first. */
  state: string;
}

/** Every process of the machine. Linux has them without a program, which a fresh machine may not have. */
export function processes(): ProcessSeen[] {
  if (process.platform !== 'linux') return processesOfPs();
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), state }];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

function processesOfPs(): ProcessSeen[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), state };
  });
}
