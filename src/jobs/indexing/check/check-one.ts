import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Damage } from '../../../archive/damage.js';
import { IndexReader } from '../../../archive/index/reader.js';
import { type ArchiveVisitor, type Decode, readArchiveOnce } from '../../../archive/read-archive.js';
import type { Finding } from '../../../core/finding.js';
import type { ArchiveRef } from '../archive-ref.js';
import { damageFinding, noteFindings } from '../damage-finding.js';
import { listingEntries } from '../listing-entries.js';
import { readWhole } from '../read-whole.js';
import { type DraftFacts, SiblingDraft } from '../siblings/sibling-draft.js';
import { checkListing, type ListingState, type Say } from './check-listing.js';
import { compareMembers } from './compare-indexes.js';
import { loadIndex } from './load-index.js';
import type { SpanAudit } from './span-audit.js';

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
  listing: ListingState;
  index: 'same' | 'differs' | 'absent' | 'stale' | 'corrupt';
}

/**
 * Reads an archive once and compares its listing and index with its content. Every difference is a finding. A damaged
 * archive is one too, and then its siblings are not compared.
 */
export async function checkOne(archive: ArchiveRef, ports: CheckOnePorts): Promise<CheckedOne | undefined> {
  const subject = archive.store.urlOf(archive.key);
  const say: Say = (code, severity, message) => ports.found({ code, severity, subject, message });
  const info = await archive.store.head(archive.key, ports.signal);
  const { signal } = ports;
  const index = await loadIndex(archive, info, { from: 0, isDecoded: true, signal });
  if ('problem' in index) say(index.problem.code, index.problem.severity, index.problem.message);
  const known = 'problem' in index ? undefined : index;
  const draft = new SiblingDraft({
    directory: ports.directory,
    spanBytes: known?.reader.footer.meta.spanBytes ?? 0,
    index: known !== undefined,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const pass = await readArchiveOnce(readWhole(archive, info.etag, ports), auditing(draft, known?.audit), {
      decode: ports.decode,
    });
    const facts = draft.finish(pass, { archive: '', etag: undefined, etagOf: undefined, writer: '' });
    for (const finding of noteFindings(subject, facts.notes)) ports.found(finding);
    const expected = listingEntries(createReadStream(facts.listingPath));
    const listing = await checkListing(archive, expected, say, signal);
    if (known === undefined) return { members: facts.members, listing, index: index.state };
    const same = await checkIndex(known, facts, pass, say);
    return { members: facts.members, listing, index: same ? 'same' : 'differs' };
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    ports.found(damageFinding(subject, error));
    return undefined;
  } finally {
    draft.discard();
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

async function checkIndex(
  { reader, audit }: { reader: IndexReader; audit: SpanAudit },
  facts: DraftFacts,
  pass: { sha256: string; uncompressedBytes: number; compression: string },
  say: Say,
): Promise<boolean> {
  audit.finish();
  const { meta } = reader.footer;
  const problems = audit.problems.map((what) => `${what} does not match`);
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
