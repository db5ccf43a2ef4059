import { describeStandIn, type StandIn, standInOf } from '../../../../files/stand-in.js';
import { extensionOf, formatOfExtension } from './formats.js';
import type { ContentSample } from './sample.js';
import { looksLikeHtml } from './text.js';

/**
 * `deferred`: the content has not been read yet and will be checked when it is. `unknown`: there is no check for this
 * file type. `cut`: it starts correctly but is truncated.
 */
export type CheckState = 'pass' | 'fail' | 'cut' | 'unknown' | 'deferred';

export interface CheckResult {
  state: CheckState;
  /** The recognized or expected format, such as `parquet`. */
  format: string;
  /** The reason for the result, in words, for the evidence. */
  reason: string;
  /** Set if the file is a stand-in: what it states about the content. */
  standIn?: StandIn;
}

/** Whether a content matches the format that its name implies, by magic bytes and structure. */
export function checkContent(basename: string, sample: ContentSample): CheckResult {
  const extension = extensionOf(basename);
  const format = formatOfExtension(extension);
  const name = format?.name ?? 'any';
  if (sample.sizeBytes === 0) return { state: 'fail', format: name, reason: 'the file is empty' };
  const standIn = sample.sizeBytes === sample.head.length ? standInOf(sample.head, basename) : undefined;
  if (standIn !== undefined) {
    return {
      state: 'fail',
      format: name,
      reason: `it is ${describeStandIn(standIn)}, not the file`,
      standIn,
    };
  }
  if (format === undefined) {
    return isBlank(sample)
      ? { state: 'cut', format: name, reason: BLANK }
      : {
          state: 'unknown',
          format: name,
          reason: `no format check for ${extension || 'files without an extension'}`,
        };
  }
  if (looksLikeHtml(sample)) {
    return { state: 'fail', format: name, reason: `it is an HTML or XML page, not ${name}` };
  }
  const flaw = format.check(sample, basename);
  if (flaw === undefined && isBlank(sample)) return { state: 'cut', format: name, reason: BLANK };
  if (flaw === undefined) return { state: 'pass', format: name, reason: `it has a valid ${name} structure` };
  return typeof flaw === 'string'
    ? { state: 'fail', format: name, reason: flaw }
    : { state: 'cut', format: name, reason: flaw.cut };
}

/** What a restore that was interrupted, a crash, or a bad sector leaves: the full size, and nothing in it. */
const BLANK = 'it contains only zero bytes where it was checked: possibly an interrupted restore';

function isBlank({ head, tail }: ContentSample): boolean {
  return [head, tail].every((part) => part.every((byte) => byte === 0));
}

/** The result of a check before the content is read. */
export function deferredCheck(basename: string, sizeBytes: number | undefined): CheckResult {
  const extension = extensionOf(basename);
  const format = formatOfExtension(extension);
  if (sizeBytes === 0) return { state: 'fail', format: format?.name ?? 'any', reason: 'the file is empty' };
  return format === undefined
    ? {
        state: 'unknown',
        format: 'any',
        reason: `no format check for ${extension || 'files without an extension'}`,
      }
    : {
        state: 'deferred',
        format: format.name,
        reason: `its content was not read during planning; apply reads it and checks its ${format.name} format`,
      };
}

/** Whether files of this format run code when loaded: anyone who plants one can run code in another user's session. */
export function runsCodeWhenLoaded(basename: string): boolean {
  return formatOfExtension(extensionOf(basename))?.runsCode === true;
}
