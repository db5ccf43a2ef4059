import type { Command } from 'commander';
import { parseDuration } from '../../core/durations.js';
import { usageFailure } from '../../core/failure.js';
import { parseSize } from '../../core/sizes.js';
import { parseStoreUrl, STORE_FORMS } from '../../core/store-url.js';
import { defineCommand, withAction } from '../command.js';
import { choiceOption, withS3Options } from '../common-options.js';
import { wholeNumber } from '../globals.js';
import type { ListingsVerifyFlags } from './flags.js';

/** `salvor listings verify`: job 1. */
export function listingsVerifyCommand(): Command {
  const command = withScanOptions(
    withPatternOptions(
      withCheckOptions(
        defineCommand('verify', 'Check that every backup archive has its listing', {
          examples: [
            ['The backups that are configured', 'salvor listings verify'],
            [
              'A prefix; older archives were made before listings existed',
              'salvor listings verify s3://bucket/backups/ --since 2026-01-01',
            ],
            [
              'Fail when the newest backup of a series is older than a day',
              'salvor listings verify s3://bucket/backups/ --max-age 26h',
            ],
          ],
          notes: 'It only lists keys: one request per 1,000 keys, and no archive is downloaded.',
        }).argument('[url...]', `${STORE_FORMS} (default: the configured backups)`),
      ),
    ),
  )
    .optionsGroup('Registry:')
    .option('--no-registry', 'run without a registry (no history, no baseline, no lock)');
  return withAction<ListingsVerifyFlags>(withS3Options(command), async (input) => {
    const { verifyListingsCommand } = await import('./verify.js');
    return verifyListingsCommand(input);
  });
}

function withCheckOptions(command: Command): Command {
  return command
    .optionsGroup('Exempt archives:')
    .option('--since <date>', 'archives dated before this day (UTC) are exempt, e.g. 2026-04-24', day)
    .option('--allowlist <file>', 'file of archive keys and globs that are exempt, one per line')
    .option(
      '--grace <duration>',
      'archives younger than this may still wait for their listing (default: 1h)',
      parseDuration,
    )
    .optionsGroup('What counts as wrong:')
    .option('--max-age <duration>', 'the newest archive of each series must not be older', parseDuration)
    .option('--min-size <size>', 'minimum listing size; smaller is too small (default: 1)', parseSize)
    .addOption(
      choiceOption('--stale <what>', 'a listing older than its archive', ['warn', 'fail', 'off'], 'warn'),
    )
    .option('--strict', 'treat unrecognized archives as violations')
    .option('--require-index', 'treat archives without an index as violations')
    .option(
      '--max-vanished <percent>',
      'warn when more archives than this have disappeared (default: 5%)',
      percentage,
    )
    .option('--canary <key>', 'archive planted without a listing; not finding it is exit 3')
    .optionsGroup('Thresholds:')
    .option('--max-missing <n>', 'exit 1 when there are more violations than this (default: 0)', wholeNumber)
    .addOption(
      choiceOption(
        '--fail-on <which>',
        'count all violations, or only new ones (not in the baseline)',
        ['all', 'new'],
        'all',
      ),
    );
}

function withPatternOptions(command: Command): Command {
  return command
    .optionsGroup('How keys are read:')
    .option('--archive-pattern <regex>', 'which keys are archives (default: by extension)')
    .option('--listing-template <template>', 'name of the listing (default: {key}.list.txt)', template)
    .option('--series-pattern <regex>', 'name of the series of a key (default: digits become #)')
    .option('--date-pattern <regex>', 'date in a key, as groups y, m and d (default: LastModified)')
    .option('--partition-depth <n>', 'path segments that make a partition (default: 1)', wholeNumber)
    .option('--retired <glob...>', 'globs of series that have been retired', seriesGlob);
}

function withScanOptions(command: Command): Command {
  return command
    .optionsGroup('Performance:')
    .option('--concurrency <n>', 'key ranges listed at the same time (default: 1)', wholeNumber)
    .option('--distribute', 'let the hosts that run `salvor worker` list the keys')
    .option(
      '--inventory <url>',
      'read an S3 Inventory instead: its manifest.json, or its directory/',
      storeUrl,
    )
    .option(
      '--max-inventory-age <duration>',
      'reject an inventory older than this (default: 48h)',
      parseDuration,
    );
}

/** The flag takes every word up to the next flag; a URL among them was meant to be verified and must not get lost. */
function seriesGlob(text: string, before: string[] = []): string[] {
  if (text.includes('://'))
    throw usageFailure(
      'usage.invalid',
      `${JSON.stringify(text)} is a URL, not a series`,
      'put URLs before --retired, or put another flag between them',
    );
  return [...before, text];
}

/** Checked here so that a mistake is reported before anything happens. */
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
  throw usageFailure(
    'usage.invalid',
    `--listing-template ${JSON.stringify(text)} is not {key} followed by a suffix`,
  );
}
