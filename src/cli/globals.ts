import type { Command } from 'commander';
import { usageFailure } from '../core/failure.js';

/** The flags that every command takes, before or after its name. */
export interface GlobalOptions {
  config?: string;
  registry?: string;
  json?: true;
  quiet?: true;
  verbose?: true;
  progress: boolean;
  color: boolean;
  pager: boolean;
  maxFindings?: number;
  findings?: string;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .option(
      '--config <file>',
      'configuration file (default: ./salvor.yaml, then ~/.config/salvor/ and /etc/salvor/)',
    )
    .option('--registry <url>', 'PostgreSQL to use: postgres://… or embedded:DIR')
    .option('--json', 'print one JSON document on stdout')
    .option('--quiet', 'print only the result')
    .option('--verbose', 'print more detail, including the causes of errors')
    .option('--no-progress', 'show no progress line')
    .option('--no-color', 'use no colors; so does the variable NO_COLOR')
    .option('--no-pager', 'do not send long output through a pager')
    .option('--max-findings <n>', 'show at most this many findings', wholeNumber)
    .option('--findings <file>', 'write every finding to FILE as NDJSON');
}

/** A whole number from 0. @throws Failure `usage.invalid` */
export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw usageFailure('usage.invalid', `not a whole number: ${JSON.stringify(text)}`);
  return Number(text);
}
