import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Damage } from '../../../archive/damage.js';
import { IndexReader } from '../../../archive/index/reader.js';
import { type ArchiveVisitor, type Decode, readArchiveOnce } from '../../../archive/read-archive.js';
import { Failure } from '../../../core/failure.js';
import type { Finding, Severity } from '../../../core/finding.js';
import { counted } from '../../../core/pluralize.js';
import type { ObjectInfo } from '../../../objectstore/port.js';
import { undefinedIfAbsent } from '../absent-object.js';
import { type ArchiveRef, LISTING_SUFFIX, storeKind } from '../archive-ref.js';
import { damageFinding, noteFindings } from '../damage-finding.js';
import { listingEntries } from '../listing-entries.js';
import { readWhole } from '../read-whole.js';
import { openIndex } from '../restore/ranged-member.js';
import { type DraftFacts, SiblingDraft } from '../siblings/sibling-draft.js';
import { compareMembers } from './compare-indexes.js';
import { compareListings } from './compare-listings.js';
import { SpanAudit } from './span-audit.js';

export interface CheckOnePorts {
  decode: Decode;
  /** The directory for drafts. */
  directory: string;
  found(finding: Finding): void;
  signal?: AbortSignal;
  onBytes?(count: number): void;
}

export interface CheckedOne {
  members: number;
  listing: 'same' | 'differs' | 'absent';
  index: 'same' | 'differs' | 'absent' | 'stale' | 'corrupt';
}

/**
 * Reads an archive once and compares its listing and index with its content. Every difference is a finding. A damaged
 * archive is one too, and then its siblings are not compared.
 */
export async function checkOne(archive: ArchiveRef, ports: CheckOnePorts): Promise<CheckedOne | undefined> {
  const subject = archive.store.urlOf(archive.key);
  const say = (code: string, severity: Severity, message: string): void => {
    ports.found({ code, severity, subject, message });
  };
  const info = await archive.store.head(archive.key, ports.signal);
  const index = await loadIndex(archive, info, say, ports);
  const spanBytes = index.reader?.footer.meta.spanBytes ?? 0;
  const draft = new SiblingDraft({
    directory: ports.directory,
    spanBytes,
    index: index.reader !== undefined,
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
  });
  try {
    const pass = await readArchiveOnce(readWhole(archive, info.etag, ports), auditing(draft, index.audit), {
      decode: ports.decode,
    });
    const facts = draft.finish(pass, { archive: '', etag: undefined, etagOf: undefined, writer: '' });
    for (const finding of noteFindings(subject, facts.notes)) ports.found(finding);
    const listing = await checkListing(archive, facts, say, ports);
    if (index.reader === undefined) return { members: facts.members, listing, index: index.state };
    const same = await checkIndex({ reader: index.reader, audit: index.audit }, facts, pass, say);
    return { members: facts.members, listing, index: same ? 'same' : 'differs' };
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    ports.found(damageFinding(subject, error));
    return undefined;
  } finally {
    draft.discard();
  }
}

type Say = (code: string, severity: Severity, message: string) => void;

interface LoadedIndex {
  state: 'absent' | 'stale' | 'corrupt' | 'same';
  reader: IndexReader | undefined;
  audit: SpanAudit | undefined;
}

async function loadIndex(
  archive: ArchiveRef,
  info: ObjectInfo,
  say: Say,
  ports: CheckOnePorts,
): Promise<LoadedIndex> {
  const none = (state: LoadedIndex['state']): LoadedIndex => ({ state, reader: undefined, audit: undefined });
  try {
    const opened = await openIndex(archive, ports.signal);
    if (opened === undefined) {
      say('index.absent', 'warning', 'it has no index');
      return none('absent');
    }
    const { meta } = opened.index.footer;
    const otherEtag = meta.etagOf === storeKind(archive.store) && meta.etag !== info.etag;
    if (meta.sizeBytes !== info.sizeBytes || otherEtag) {
      say('index.stale', 'error', 'its index was built from another version of the archive');
      return none('stale');
    }
    const audit = new SpanAudit(meta.access === 'gzip');
    for await (const checkpoint of opened.index.allCheckpoints()) audit.expect(checkpoint);
    return { state: 'same', reader: opened.index, audit };
  } catch (error) {
    const corrupt = error instanceof Damage || (error instanceof Failure && error.code === 'index.corrupt');
    if (!corrupt) throw error;
    say('index.corrupt', 'error', error.message);
    return none('corrupt');
  }
}

function auditing(draft: SiblingDraft, audit: SpanAudit | undefined): ArchiveVisitor {
  return {
    tar(bytes) {
      draft.tar(bytes);
      audit?.output(bytes);
    },
    compressed: (bytes) => audit?.compressed(bytes),
    between: () => draft.between(),
  };
}

async function checkListing(
  archive: ArchiveRef,
  facts: DraftFacts,
  say: Say,
  ports: CheckOnePorts,
): Promise<CheckedOne['listing']> {
  const key = `${archive.key}${LISTING_SUFFIX}`;
  const found = await archive.store.get(key).catch(undefinedIfAbsent);
  if (found === undefined) {
    say('listing.absent', 'error', 'it has no listing');
    return 'absent';
  }
  const comparison = compareListings(
    listingEntries(createReadStream(facts.listingPath)),
    listingEntries(found.body),
  );
  let differences = 0;
  let next = await comparison.next();
  for (; next.done !== true; next = await comparison.next()) {
    differences += 1;
    ports.signal?.throwIfAborted();
    say('listing.differs', 'error', `${JSON.stringify(next.value.name)}: ${next.value.what}`);
  }
  if (next.value.unreadable > 0) {
    say(
      'listing.unreadable_line',
      'warning',
      `${counted(next.value.unreadable, 'line of its listing is', 'lines of its listing are')} not in a known tar format`,
    );
  }
  return differences === 0 ? 'same' : 'differs';
}

async function checkIndex(
  { reader, audit }: { reader: IndexReader; audit?: SpanAudit | undefined },
  facts: DraftFacts,
  pass: { sha256: string; uncompressedBytes: number; compression: string },
  say: Say,
): Promise<boolean> {
  audit?.finish();
  const { meta } = reader.footer;
  const problems = (audit?.problems ?? []).map((what) => `${what} does not match`);
  if (meta.sha256 !== pass.sha256) problems.push('the digest of the whole archive does not match');
  if (meta.uncompressedBytes !== pass.uncompressedBytes)
    problems.push('the uncompressed size does not match');
  if (meta.compression !== pass.compression) problems.push('the compression does not match');
  for (const problem of problems) say('index.differs', 'error', problem);
  let differences = problems.length;
  const fresh = await openLocal(facts);
  try {
    for await (const { name, what } of compareMembers(fresh.reader.members(), reader.members())) {
      differences += 1;
      say('index.differs', 'error', `${JSON.stringify(name)}: ${what}`);
    }
  } finally {
    await fresh.close();
  }
  return differences === 0;
}

async function openLocal(facts: DraftFacts): Promise<{ reader: IndexReader; close(): Promise<void> }> {
  if (facts.indexPath === undefined) throw new Error('the draft has no index');
  const file = await open(facts.indexPath, 'r');
  const reader = await IndexReader.open(facts.indexBytes, async (start, end) => {
    const bytes = Buffer.alloc(end - start);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  });
  return { reader, close: () => file.close() };
}
