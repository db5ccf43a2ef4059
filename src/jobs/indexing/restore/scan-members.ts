import { extractMembers } from '../../../archive/extract.js';
import type { Decode } from '../../../archive/read-archive.js';
import type { TarMember } from '../../../archive/tar/member.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import type { ArchiveRef } from '../archive-ref.js';
import { damageFinding, noteFindings } from '../damage-finding.js';

/** About 500 MB of names. */
const MAX_MEMBERS = 1_000_000;

/**
 * The members of an archive that has neither a usable index nor a listing, in archive order, by reading all of it. If the
 * archive is damaged, these are the members before the damage, and those that can be found after it.
 * @throws Failure `restore.too_many`
 */
export async function scanMembers(
  archive: ArchiveRef,
  decode: Decode,
  signal?: AbortSignal,
): Promise<{ members: TarMember[]; findings: Finding[] }> {
  const url = archive.store.urlOf(archive.key);
  const members: TarMember[] = [];
  const options = signal === undefined ? {} : { signal };
  const { body } = await archive.store.get(archive.key, options);
  const { damage, notes } = await extractMembers(body, {
    decode,
    wants: () => undefined,
    onMember: (member) => {
      if (members.push(member) > MAX_MEMBERS)
        throw new Failure('restore.too_many', `${url} has more than ${MAX_MEMBERS} members`, {
          exitCode: 1,
          hint: 'name a member and add --stream, or extract the archive with tar',
        });
    },
    ...options,
  });
  return {
    members,
    findings: damage === undefined ? noteFindings(url, notes) : [damageFinding(url, damage)],
  };
}
