import { parseSize } from '../core/sizes.js';

/** The option of every command that decodes archives. */
export const MAX_MEMORY = [
  '--max-memory <size>',
  'memory that decoding one archive may need (default: 128MiB)',
  parseSize,
] as const;
