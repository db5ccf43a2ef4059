import { Failure } from '../../../core/failure.js';
import { keyPrefixOf, parseStoreUrl } from '../../../core/store-url.js';
import type { StoreLister } from '../../../objectstore/port.js';
import { canaryKey, requireArchiveName } from '../judge/canary.js';
import { PageSettler } from '../judge/settle-page.js';
import type { VerifyTarget } from '../options.js';
import type { RunContext } from '../run-context.js';
import { KeyClassifier } from './classify-key.js';
import { Partitions } from './partitions.js';

/** The settings for reading the keys of one target. */
export interface KeyRoom {
  readonly classifier: KeyClassifier;
  readonly partitions: Partitions;
  /** The whole key of the canary; also undefined if the canary is outside the listed part. */
  readonly canary: string | undefined;
  /** The prefix below which partitions begin: that of the backup that the target is a part of. */
  readonly basePrefix: string;
}

/** One target, ready to be listed. */
export interface OpenTarget extends KeyRoom {
  readonly target: VerifyTarget;
  readonly lister: StoreLister;
  readonly settler: PageSettler;
}

/**
 * Opens one target. Returns undefined if its store cannot be opened; this is logged as a failure of the run and does
 * not affect other targets.
 * @throws Failure with exit code 2 if the url or the canary is invalid
 */
export async function openTarget(target: VerifyTarget, run: RunContext): Promise<OpenTarget | undefined> {
  const lister = await openStore(target, run);
  if (lister === undefined) return undefined;
  const room = keyRoom(target, lister.prefix);
  const { partitions } = room;
  const settler = new PageSettler({ target, lister, partitions, history: run.history, emit: run.ports.emit });
  return { target, lister, settler, ...room };
}

/** @throws Failure `canary.not_an_archive` (exit 2) */
export function keyRoom(target: VerifyTarget, prefix: string): KeyRoom {
  const basePrefix = target.partOf === undefined ? prefix : keyPrefixOf(parseStoreUrl(target.partOf));
  const planted = target.canary === undefined ? undefined : canaryKey(target.canary, basePrefix);
  const canary = planted?.startsWith(prefix) ? planted : undefined;
  const classifier = new KeyClassifier({ ...target, ...(canary === undefined ? {} : { canaryKey: canary }) });
  if (canary !== undefined) requireArchiveName(canary, classifier);
  return { canary, basePrefix, classifier, partitions: new Partitions(basePrefix, target.partitionDepth) };
}

async function openStore({ url, partOf }: VerifyTarget, run: RunContext): Promise<StoreLister | undefined> {
  try {
    return await run.ports.lister(url, partOf);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) throw error;
    run.failures.addThrown(error, url);
    return undefined;
  }
}
