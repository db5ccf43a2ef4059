import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMPRESSIONS } from '../../../core/compressions.js';
import type { Config } from '../../config/schema.js';
import { broken, type Check, ok, warning } from './check.js';

/** Checks that every root exists, is readable, is not empty and has its sentinel. */
export function rootChecks(roots: NonNullable<Config['roots']>): Check[] {
  return roots.map(({ path, sentinel }) => {
    const name = `root ${path}`;
    try {
      if (!statSync(path).isDirectory())
        return broken(
          name,
          'root.unavailable: is not a directory',
          'correct roots in salvor.yaml: each path must be a directory',
        );
      if (readdirSync(path).length === 0)
        return broken(
          name,
          'root.unavailable: is empty',
          'mount its disk, or correct roots in salvor.yaml: an empty root is never searched',
        );
    } catch (error) {
      return broken(
        name,
        `root.unavailable: ${error instanceof Error ? error.message : String(error)}`,
        'mount its disk, or correct roots in salvor.yaml',
      );
    }
    if (sentinel !== undefined && !existsSync(join(path, sentinel))) {
      return broken(
        name,
        `root.unavailable: its sentinel ${sentinel} is missing`,
        'mount its disk, or fix the sentinel of this root in salvor.yaml',
      );
    }
    return ok(name, sentinel === undefined ? 'readable' : `readable, with ${sentinel}`);
  });
}

/** Checks that the directories of files that a run writes exist and are writable. */
export function outputChecks(health: Config['health']): Check[] {
  const files = [health?.ndjson, health?.prometheus].filter((file) => file !== undefined);
  return files.map((file) => {
    try {
      accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
      return ok(`events ${file}`, 'is writable');
    } catch (error) {
      return broken(
        `events ${file}`,
        error instanceof Error ? error.message : String(error),
        `give this account write permission (\`mkdir -p ${dirname(file)}\`), or change health.ndjson or health.prometheus`,
      );
    }
  });
}

const PROGRAMS: readonly [name: string, argument: string, use: string][] = [
  ['tar', '--version', 'sparse members of archives'],
  ['git', '--version', 'recovery from git history'],
  ...Object.values(COMPRESSIONS).flatMap(({ program }): [string, string, string][] =>
    program === undefined ? [] : [[program[0], program[1], `archives in ${program[0]}`]],
  ),
];

/** Programs that some jobs call; a missing one is only a warning. */
export function programChecks(): Check[] {
  return PROGRAMS.map(([program, argument, use]) => {
    const { error } = spawnSync(program, [argument], { stdio: 'ignore', timeout: 10_000 });
    if (error === undefined) return ok(`program ${program}`, 'is installed');
    return warning(
      `program ${program}`,
      `is not installed; needed for ${use}`,
      `install ${program} if you need it`,
    );
  });
}
