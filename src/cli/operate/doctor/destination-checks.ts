import { statSync } from 'node:fs';
import { type AccessRules, fileModeIn } from '../../../jobs/recovery/apply/place/access.js';
import { hasHardLinks } from '../../../jobs/recovery/apply/place/give-name.js';
import { type Check, ok, warning } from './check.js';

/** Creates a test file at the destination and removes it: checks who can read it, and whether hard links work. */
export async function destinationChecks(destination: string, rules: AccessRules): Promise<Check[]> {
  const name = `destination ${destination}`;
  const directory = statSync(destination);
  const mode = fileModeIn(directory, rules).toString(8).padStart(4, '0');
  const gid = rules.gid ?? directory.gid;
  const readable = `recovered files get mode ${mode} and group ${gid}`;
  const checks = [
    mayGive(gid, directory.gid, (directory.mode & 0o2000) !== 0)
      ? ok(name, readable)
      : warning(
          name,
          `${readable}, but this account is not in group ${gid}`,
          `add the account to the group (\`usermod -aG ${gid} ACCOUNT\`), or set recovery.group`,
        ),
  ];
  checks.push(
    (await hasHardLinks(destination))
      ? ok(`${name} names`, 'hard links work, so a recovered file cannot replace an existing one')
      : ok(
          `${name} names`,
          'hard links do not work: an empty placeholder is created first, and the file is renamed over it',
        ),
  );
  return checks;
}

/** Whether this account can give a file that group. */
function mayGive(gid: number, directoryGid: number, isInherited: boolean): boolean {
  if (process.getuid?.() === 0) return true;
  const own = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  return own.includes(gid) || (isInherited && gid === directoryGid);
}
