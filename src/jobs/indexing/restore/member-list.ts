import type { ListingEntry } from '../../../archive/listing/entry.js';
import { normaliseName } from '../../../archive/names.js';
import type { Decode } from '../../../archive/read-archive.js';
import { utcMinute } from '../../../archive/tar/time.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import { undefinedIfAbsent } from '../absent-object.js';
import { type ArchiveRef, LISTING_SUFFIX } from '../archive-ref.js';
import { listingEntries } from '../listing-entries.js';
import { openIndex } from './ranged-member.js';
import { scanMembers } from './scan-members.js';

/** One member, from the index or the listing. */
export interface ListedMember {
  name: string;
  kind: string;
  sizeBytes: number | undefined;
  /** UTC from an index; unchanged text from a listing. */
  mtime: string | undefined;
  sha256: string | undefined;
  linkName: string | undefined;
}

export interface MemberList {
  source: 'index' | 'listing' | 'archive';
  members: AsyncIterable<ListedMember>;
  /** Findings about the list, available once all of it was read. */
  findings(): Finding[];
}

interface ListOptions {
  /** Reads the archive itself if it has neither an index nor a listing. */
  scan: Decode | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The members of an archive from its index (sorted by name), otherwise from its listing (in archive order), otherwise
 * from the archive itself if that is allowed.
 * @throws Failure `archive.not_found`, `restore.no_listing`, `restore.too_many`, `index.corrupt`, `store.*`
 */
export async function listMembers(archive: ArchiveRef, { scan, signal }: ListOptions): Promise<MemberList> {
  const info = await headOfArchive(archive, signal);
  const url = archive.store.urlOf(archive.key);
  const open = await openIndex(archive, signal);
  if (open !== undefined && open.index.footer.meta.sizeBytes === info.sizeBytes)
    return { source: 'index', members: fromIndex(open.index.members()), findings: () => [] };
  const key = archive.key + LISTING_SUFFIX;
  const found = await archive.store.get(key, signal === undefined ? {} : { signal }).catch(undefinedIfAbsent);
  if (found === undefined) {
    if (scan !== undefined) return fromArchive(archive, scan, signal);
    throw new Failure('restore.no_listing', `${url} has neither an index nor a listing`, {
      hint: 'add --stream to read the archive itself, or create them with `salvor listings build`',
    });
  }
  const state = { unreadable: 0 };
  return {
    source: 'listing',
    members: fromListing(listingEntries(found.body), state),
    findings: () => [
      ...(open === undefined
        ? []
        : [warning('index.stale', url, 'its index was built from another version of the archive')]),
      ...(state.unreadable === 0
        ? []
        : [
            warning(
              'listing.unreadable_line',
              url,
              `${counted(state.unreadable, 'line')} of its listing cannot be read`,
            ),
          ]),
    ],
  };
}

/** @throws Failure `archive.not_found` (exit 3) if the object does not exist */
export async function headOfArchive(archive: ArchiveRef, signal?: AbortSignal) {
  const info = await archive.store.head(archive.key, signal).catch(undefinedIfAbsent);
  if (info === undefined) throw noArchive(archive);
  return info;
}

/** The archive does not exist. */
export function noArchive(archive: ArchiveRef): Failure {
  return new Failure('archive.not_found', `${archive.store.urlOf(archive.key)} does not exist`, {
    hint: 'check the bucket and the key',
  });
}

function warning(code: string, subject: string, message: string): Finding {
  return { code, severity: 'warning', subject, message };
}

async function fromArchive(archive: ArchiveRef, decode: Decode, signal?: AbortSignal): Promise<MemberList> {
  const { members, findings } = await scanMembers(archive, decode, signal);
  const listed = members.map(({ name, kind, sizeBytes, mtimeSeconds, linkName }) => ({
    name: shownName(normaliseName(name)),
    kind,
    sizeBytes,
    mtime: utcMinute(mtimeSeconds),
    sha256: undefined,
    linkName: linkName === '' ? undefined : linkName,
  }));
  async function* each(): AsyncGenerator<ListedMember> {
    yield* listed;
  }
  return { source: 'archive', members: each(), findings: () => findings };
}

async function* fromIndex(
  members: ReturnType<NonNullable<Awaited<ReturnType<typeof openIndex>>>['index']['members']>,
): AsyncGenerator<ListedMember> {
  for await (const { name, kind, sizeBytes, mtimeSeconds, sha256, linkName } of members) {
    const mtime = utcMinute(mtimeSeconds);
    yield {
      name: shownName(name),
      kind,
      sizeBytes,
      mtime,
      sha256,
      linkName: linkName === '' ? undefined : linkName,
    };
  }
}

async function* fromListing(
  entries: ReturnType<typeof listingEntries>,
  state: { unreadable: number },
): AsyncGenerator<ListedMember> {
  for (;;) {
    const next = await entries.next();
    if (next.done === true) {
      state.unreadable = next.value.unreadable;
      return;
    }
    yield memberOf(next.value);
  }
}

function memberOf({ name, kind, sizeBytes, mtime, linkTarget }: ListingEntry): ListedMember {
  return {
    name: shownName(normaliseName(name)),
    kind,
    sizeBytes,
    mtime,
    sha256: undefined,
    linkName: linkTarget,
  };
}

/** The root of an archive has an empty name; show it like tar does. */
function shownName(name: string): string {
  return name === '' ? './' : name;
}
