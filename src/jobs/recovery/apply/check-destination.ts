import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../core/failure.js';
import type { Refusal } from '../plan/basis.js';
import type { PlanHead, PlanRow } from '../plan/plan-document.js';
import { unsafe } from './destination.js';

/** The device of a directory, as a plan keeps it. */
export async function deviceOf(directory: string): Promise<string> {
  const stats = await stat(directory, { bigint: true }).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure('root.unavailable', `the destination ${directory}: ${message}`, {
      hint: 'mount its disk, or correct recovery.destination',
    });
  });
  return String(stats.dev);
}

/**
 * Whether a plan is for the configured destination, and its disk is the one that was there when it was made.
 * @throws Failure `plan.other_destination` (exit 2), `root.unavailable`
 */
export async function checkDestination(plan: PlanHead, configured: string): Promise<void> {
  if (plan.destination !== configured) {
    throw new Failure(
      'plan.other_destination',
      `the plan puts files into ${plan.destination}, the configuration says ${configured}`,
      { hint: 'make a new plan with `salvor recovery plan`', exitCode: 2 },
    );
  }
  if ((await deviceOf(configured)) === plan.destination_device) return;
  throw new Failure(
    'root.unavailable',
    `the destination ${configured} is on another device than when the plan was made`,
    { hint: 'mount its disk; if the device was replaced on purpose, make a new plan' },
  );
}

/**
 * Why the place that a plan gives to a row is not the row's; undefined when it is. A row with a path keeps it.
 * @param relative the row's path below its root; null where it has none
 */
export function placeObjection(
  row: PlanRow,
  relative: string | null,
  destination: string,
): Refusal | undefined {
  const path = row.destination_path;
  const refuse = (message: string): Refusal => ({ code: 'plan.invalid', message });
  if (path === null || row.destination === null) return refuse('the plan names no place for it');
  if (row.file_path !== null && path !== row.file_path)
    return refuse('the plan would change the path of a row that has one');
  const below = row.file_path === null ? path : relative;
  if (below === null || unsafe(below) !== undefined)
    return refuse('its path is not one that a file may be put under');
  if (join(destination, below) !== row.destination)
    return refuse('the plan would put its file where the row does not look for it');
  return undefined;
}
