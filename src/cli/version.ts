import { readFileSync } from 'node:fs';
import { PACKAGE_JSON } from '../core/program-files.js';

/** The package's own version, read once. */
export const version: string = (JSON.parse(readFileSync(PACKAGE_JSON, 'utf8')) as { version: string })
  .version;
