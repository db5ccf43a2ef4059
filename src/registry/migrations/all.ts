import { runs } from './001-runs.js';
import type { Migration } from './migration.js';

/** Every step of the schema, in order. */
export const migrations: readonly Migration[] = [runs];
