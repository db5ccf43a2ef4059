import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { usageFailure } from '../../core/failure.js';
import { parseSize } from '../../core/sizes.js';
import { parseStoreUrl } from '../../core/store-url.js';
import { defineCommand, withAction } from '../command.js';
import { wholeNumber } from '../globals.js';
import type { ListingsVerifyFlags } from './flags.js';

/** `salvor listings verify`: job 1. */
export function listingsVerifyCommand(): Command {
  const command = defineCommand('verify', 'verify that every backup archive has its listing')
    .argument('[url...]', 's3://bucket/prefix/ or file:///dir/ (default: the configured backups)')
    .option('--since <date>', 'archives dated before this day (UTC), as 2026-04-24, are exempt', day)
    .option('--allowlist <file>', 'a file of archive keys and globs that are exempt, one a line')
    .option('--max-missing <n>', 'exit 1 when more violations than this count (default: 0)', wholeNumber)
    .option(
      '--fail-on <which>',
      'all violations, or only the new that the baseline does not have (default: all)',
      oneOf('all', 'new'),
    )
    .option('--min-size <size>', 'a smaller listing is too small (default: 1)', parseSize)
    .option(
      '--grace <duration>',
      'a younger archive may wait for its listing, once (default: 1h)',
      parseDuration,
    )
    .option('--max-age <duration>', 'the newest archive of each series must not be older', parseDuration)
    .option(
      '--stale <what>',
      'a listing older than its archive: warn, fail or off (default: warn)',
      oneOf('warn', 'fail', 'off'),
    )
    .option(
      '--max-vanished <percent>',
      'warn when more archives than this are gone (default: 5%)',
      percentage,
    )
    .option(
      '--canary <key>',
      'an archive planted without a listing, relative to the url: not finding it is exit 3',
    )
    .option('--strict', 'unrecognised archives are violations')
    .option('--require-index', 'an archive without an index is a violation')
    .option('--retired <glob...>', 'series that are no longer written', seriesGlob)
    .option(
      '--partition-depth <n>',
      'segments under the prefix that make a partition (default: 1)',
      wholeNumber,
    )
    .option('--series-pattern <regex>', 'names the series of a key (default: its digits become #)')
    .option('--date-pattern <regex>', 'finds the date in a key: named groups y, m, d (default: LastModified)')
    .option('--archive-pattern <regex>', 'which keys are archives (default: by their extension)')
    .option('--listing-template <template>', 'name of the listing (default: {key}.list.txt)', template)
    .option('--concurrency <n>', 'key ranges listed at the same time (default: 1)', wholeNumber)
    .option(
      '--inventory <url>',
      'read an S3 Inventory instead: its manifest.json, or its directory/',
      storeUrl,
    )
    .option('--max-inventory-age <duration>', 'an older inventory is refused (default: 48h)', parseDuration)
    .option('--distribute', 'the keys are listed by workers, on any hosts: see salvor worker')
    .option('--endpoint-url <url>', 'another S3 server than AWS')
    .option('--region <name>', 'the region of the bucket')
    .option('--path-style', 'the bucket in the path, not in the host name')
    .option('--no-registry', 'work without a registry: no history, no baseline, no lock');
  return withAction<ListingsVerifyFlags>(command, async (input) => {
    const { verifyListingsCommand } = await import('./verify.js');
    return verifyListingsCommand(input);
  });
}

function oneOf<T extends string>(...choices: T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined)
      throw usageFailure('usage.invalid', `${JSON.stringify(text)} is not one of ${choices.join(', ')}`);
    return choice;
  };
}

/** The flag takes every word up to the next flag: a url among them was meant to be verified, and must not get lost. */
function seriesGlob(text: string, before: string[] = []): string[] {
  if (text.includes('://'))
    throw usageFailure(
      'usage.invalid',
      `${JSON.stringify(text)} is a url and no series`,
      'put the urls before --retired, or another flag between them',
    );
  return [...before, text];
}

/** What is wrong with it is said before anything is touched. */
function storeUrl(text: string): string {
  parseStoreUrl(text);
  return text;
}

function day(text: string): string {
  const valid = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text);
  if (!valid)
    throw usageFailure('usage.invalid', `not a date: ${JSON.stringify(text)}`, 'write it as 2026-04-24');
  return text;
}

function percentage(text: string): number {
  const match = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text);
  if (!match)
    throw usageFailure('usage.invalid', `not a percentage: ${JSON.stringify(text)}`, 'write it as 5%');
  return Number(match[1]) / 100;
}

function template(text: string): string {
  if (/^\{key\}[^{}]+$/.test(text)) return text;
  throw usageFailure('usage.invalid', `--listing-template ${JSON.stringify(text)} is not {key} and a suffix`);
}
