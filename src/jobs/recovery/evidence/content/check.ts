import { describeStandIn, type StandIn, standInOf } from '../../../../files/stand-in.js';
import { extensionOf, formatOfExtension } from './formats.js';
import type { ContentSample } from './sample.js';
import { looksLikeHtml } from './text.js';

/**
 * `deferred`: the bytes are not at hand; they are checked when they are. `unknown`: there is no check for files of
 * this name, so nothing speaks against the content and nothing for it. `cut`: it begins right and ends too early.
 */
export type CheckState = 'pass' | 'fail' | 'cut' | 'unknown' | 'deferred';

export interface CheckResult {
  state: CheckState;
  /** What was recognised or expected, such as `parquet`. */
  format: string;
  /** In words, for evidence: why it failed, or what was seen. */
  reason: string;
  /** It only says where the content is, and what it says of it. */
  standIn?: StandIn;
}

/** Whether a content can be what its name says, by magic and structure. The name only chooses the check. */
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
    return {
      state: 'unknown',
      format: name,
      reason: `there is no check for ${extension || 'files without an extension'}`,
    };
  }
  if (looksLikeHtml(sample)) {
    return { state: 'fail', format: name, reason: `it is an HTML or XML page, not ${name}` };
  }
  const flaw = format.check(sample, basename);
  if (flaw === undefined) return { state: 'pass', format: name, reason: `it has the structure of ${name}` };
  return typeof flaw === 'string'
    ? { state: 'fail', format: name, reason: flaw }
    : { state: 'cut', format: name, reason: flaw.cut };
}

/** The state of a check before the bytes are at hand. */
export function deferredCheck(basename: string, sizeBytes: number | undefined): CheckResult {
  const extension = extensionOf(basename);
  const format = formatOfExtension(extension);
  if (sizeBytes === 0) return { state: 'fail', format: format?.name ?? 'any', reason: 'the file is empty' };
  return format === undefined
    ? {
        state: 'unknown',
        format: 'any',
        reason: `there is no check for ${extension || 'files without an extension'}`,
      }
    : {
        state: 'deferred',
        format: format.name,
        reason: `will be checked to be ${format.name} when it is read`,
      };
}

/** Formats whose files run code when they are loaded: whoever plants one runs it in somebody's session. */
export function runsCodeWhenLoaded(basename: string): boolean {
  return formatOfExtension(extensionOf(basename))?.runsCode === true;
}
