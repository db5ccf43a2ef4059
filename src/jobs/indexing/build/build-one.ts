import { Damage } from '../../../archive/damage.js';
import { type Decode, readArchiveOnce } from '../../../archive/read-archive.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { type ArchiveRef, fileNameOf, storeKind } from '../archive-ref.js';
import { damageFinding, noteFindings } from '../damage-finding.js';
import type { Existing, Placement } from '../placement.js';
import { readWhole } from '../read-whole.js';
import { type DraftFacts, SiblingDraft } from '../siblings/sibling-draft.js';

export interface BuildOneOptions {
  spanBytes: number;
  index: boolean;
  /** Overwrite existing siblings. */
  replace: boolean;
  /** Keep existing siblings and build only missing ones. */
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
      /** Findings about the archive itself. */
      findings: Finding[];
    }
  | { status: 'skipped' }
  | { status: 'failed'; finding: Finding };

/**
 * Writes the listing and index of one archive in one pass. A damaged archive gets neither, and is a result, not an
 * error.
 * @throws Failure if the store or the disk fails, or if the archive changed in the meantime
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
  // An empty sibling was left by a broken writer, so nothing is lost by replacing it.
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

function existsFinding(subject: string): Finding {
  const message = 'its listing or index already exists and was not replaced';
  return { code: 'sibling.exists', severity: 'error', subject, message };
}

function changed(subject: string): Failure {
  return new Failure('archive.changed', `${subject} was replaced while it was being read`, {
    hint: 'run it again when nothing is writing to that key',
  });
}

function isFailure(error: unknown, code: string): boolean {
  return error instanceof Failure && error.code === code;
}
