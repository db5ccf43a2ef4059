import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../core/failure.js';
import type { Refusal } from '../plan/basis.js';
import type { PlanHead, PlanRow } from '../plan/plan-document.js';
import { unsafe } from './destination.js';

/** The device of a directory, as recorded in a plan. */
export async function deviceOf(directory: string): Promise<string> {
  const stats = await stat(directory, { bigint: true }).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure('root.unavailable', `the destination ${directory}: ${message}`, {
      hint: 'mount its disk, or fix recovery.destination',
    });
  });
  return String(stats.dev);
}

/**
 * Checks that a plan is for the configured destination and that the same disk is still mounted there.
 * @throws Failure `plan.other_destination` (exit 2), `root.unavailable`
 */
export async function checkDestination(plan: PlanHead, configured: string): Promise<void> {
  if (plan.destination !== configured) {
    throw new Failure(
      'plan.other_destination',
      `the plan restores files to ${plan.destination}, but the configured destination is ${configured}`,
      { hint: 'make a new plan with `salvor recovery plan`', exitCode: 2 },
    );
  }
  if ((await deviceOf(configured)) === plan.destination_device) return;
  throw new Failure(
    'root.unavailable',
    `the destination ${configured} is on a different device than when the plan was made`,
    { hint: 'mount its disk; if the device was replaced on purpose, make a new plan' },
  );
}

/**
 * Why a plan may not place a row's file where it says; undefined when it may. A row that has a path keeps it.
 * @param relative the row's path below its root; null if it has none
 */
export function placeObjection(
  row: PlanRow,
  relative: string | null,
  destination: string,
): Refusal | undefined {
  const path = row.destination_path;
  const refuse = (message: string): Refusal => ({ code: 'plan.invalid', message });
  if (path === null || row.destination === null) return refuse('the plan names no destination for this file');
  if (row.file_path !== null && path !== row.file_path)
    return refuse('the plan would change the recorded path of the row');
  const below = row.file_path === null ? path : relative;
  if (below === null || unsafe(below) !== undefined) return refuse('no file may be placed at its path');
  if (join(destination, below) !== row.destination)
    return refuse('the plan would place the file somewhere other than its recorded path');
  return undefined;
}
