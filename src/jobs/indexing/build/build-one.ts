import { Damage } from '../../../archive/damage.js';
import { type Decode, readArchiveOnce } from '../../../archive/read-archive.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { type ArchiveRef, fileNameOf, storeKind } from '../archive-ref.js';
import { damageFinding, noteFindings } from '../damage-finding.js';
import type { Existing, Placement } from '../placement.js';
import { type DraftFacts, SiblingDraft } from '../siblings/sibling-draft.js';

export interface BuildOneOptions {
  spanBytes: number;
  index: boolean;
  /** Overwrite siblings that stand there. */
  replace: boolean;
  /** A sibling that stands is good enough: build only what is not there. */
  onlyMissing: boolean;
  writer: string;
}

export interface BuildOnePorts {
  decode: Decode;
  signal?: AbortSignal;
  /** Compressed bytes read so far. */
  onBytes?(count: number): void;
}

export type BuiltOne =
  | {
      status: 'built';
      facts: DraftFacts;
      sizeBytes: number;
      placed: ('listing' | 'index')[];
      /** What is to be said of the archive besides. */
      findings: Finding[];
    }
  | { status: 'skipped' }
  | { status: 'failed'; finding: Finding };

/**
 * Writes one archive's listing and index in one pass over it. A damaged archive is a result, and gets neither.
 * @throws Failure when the store or the disk fails, or the archive changed meanwhile.
 */
export async function buildOne(
  archive: ArchiveRef,
  placement: Placement,
  options: BuildOneOptions,
  ports: BuildOnePorts,
): Promise<BuiltOne> {
  const subject = archive.store.urlOf(archive.key);
  const existing = await placement.existing();
  const wanted = wantedSiblings(existing, options);
  if (wanted === 'exists') {
    return { status: 'failed', finding: existsFinding(subject) };
  }
  if (wanted.length === 0) return { status: 'skipped' };
  // An empty sibling is what a broken writer leaves behind: nothing is lost with it.
  const mayReplace = (sibling: 'listing' | 'index'): boolean => options.replace || existing[sibling] === 0;
  const info = await archive.store.head(archive.key, ports.signal);
  const draft = new SiblingDraft({
    directory: placement.draftDirectory,
    spanBytes: options.spanBytes,
    index: wanted.includes('index'),
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
  });
  try {
    const source = readWhole(archive, info.etag, ports);
    const pass = await readArchiveOnce(source, draft, { spanBytes: options.spanBytes, decode: ports.decode });
    if (pass.sizeBytes !== info.sizeBytes) throw changed(subject);
    const facts = draft.finish(pass, {
      archive: fileNameOf(archive.key),
      etag: info.etag,
      etagOf: info.etag === undefined ? undefined : storeKind(archive.store),
      writer: options.writer,
    });
    if (wanted.includes('listing'))
      await placement.place('listing', facts.listingPath, mayReplace('listing'));
    if (facts.indexPath !== undefined) await placement.place('index', facts.indexPath, mayReplace('index'));
    const findings = noteFindings(subject, facts.notes);
    return { status: 'built', facts, sizeBytes: pass.sizeBytes, placed: wanted, findings };
  } catch (error) {
    if (error instanceof Damage) return { status: 'failed', finding: damageFinding(subject, error) };
    if (isFailure(error, 'store.precondition_failed')) throw changed(subject);
    if (isFailure(error, 'sibling.exists') || isFailure(error, 'store.exists')) {
      return { status: 'failed', finding: existsFinding(subject) };
    }
    throw error;
  } finally {
    draft.discard();
  }
}

function wantedSiblings(existing: Existing, options: BuildOneOptions): ('listing' | 'index')[] | 'exists' {
  const wanted: ('listing' | 'index')[] = options.index ? ['listing', 'index'] : ['listing'];
  if (options.replace) return wanted;
  if (!options.onlyMissing)
    return wanted.some((sibling) => existing[sibling] !== undefined) ? 'exists' : wanted;
  return wanted.filter((sibling) => (existing[sibling] ?? 0) === 0);
}

/** The archive's bytes, as long as it is the object that was looked at. */
async function* readWhole(
  archive: ArchiveRef,
  etag: string | undefined,
  ports: BuildOnePorts,
): AsyncGenerator<Uint8Array> {
  const { body } = await archive.store.get(archive.key, {
    ...(etag === undefined ? {} : { ifMatch: etag }),
    ...(ports.signal === undefined ? {} : { signal: ports.signal }),
  });
  for await (const bytes of body) {
    ports.signal?.throwIfAborted();
    ports.onBytes?.(bytes.length);
    yield bytes;
  }
}

function existsFinding(subject: string): Finding {
  const message = 'its listing or index is there already, and nothing is replaced unasked';
  return { code: 'sibling.exists', severity: 'error', subject, message };
}

function changed(subject: string): Failure {
  return new Failure('archive.changed', `${subject} was replaced while it was read`, {
    hint: 'run it again when nothing writes to that key',
  });
}

function isFailure(error: unknown, code: string): boolean {
  return error instanceof Failure && error.code === code;
}
