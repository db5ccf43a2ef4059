import { execFileSync } from 'node:child_process';
import { usageFailure } from '../../core/failure.js';
import type { AccessRules } from '../../jobs/recovery/apply/place/access.js';
import type { Config } from '../config/schema.js';

/** Mode and group of recovered files, as configured. @throws Failure `config.invalid` for an unknown group */
export function accessRules({ recovery }: Config): AccessRules {
  return {
    fileMode: recovery?.file_mode,
    dirMode: recovery?.dir_mode,
    gid: recovery?.group === undefined ? undefined : groupId(recovery.group),
  };
}

function groupId(group: string | number): number {
  if (typeof group === 'number') return group;
  if (/^\d+$/.test(group)) return Number(group);
  try {
    const entry = execFileSync('getent', ['group', group], { encoding: 'utf8', timeout: 10_000 });
    const id = entry.split(':')[2] ?? '';
    if (/^\d+$/.test(id)) return Number(id);
  } catch {
    // Refused below.
  }
  throw usageFailure(
    'config.invalid',
    `recovery.group: there is no group ${JSON.stringify(group)}`,
    'use a group of this host, or its number',
  );
}
