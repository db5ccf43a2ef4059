import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { BACKFILL_EFFECTS, SCRUB_EFFECTS } from '../../src/cli/checksums/effects.js';
import { commands } from '../../src/cli/commands.js';
import type { BackupConfig, Config } from '../../src/cli/config/schema.js';
import { type FlagEffects, GLOBAL_EFFECTS, notQualifying } from '../../src/cli/job/qualifying.js';
import {
  BUILD_EFFECTS,
  CHECK_EFFECTS,
  SETTING_FLAGS,
  VERIFY_EFFECTS,
} from '../../src/cli/listings/effects.js';
import type { BackupFlags } from '../../src/cli/listings/flags.js';
import { listingTargets } from '../../src/cli/listings/targets.js';
import { BACKUP_EFFECTS, weakenedSettings } from '../../src/cli/listings/weakened-settings.js';
import { DRILL_EFFECTS, RECOVERY_EFFECTS } from '../../src/cli/recovery/effects.js';

type Effects = FlagEffects<Record<string, unknown>, Config>;

const jobs: Record<string, Effects> = Object.fromEntries(
  Object.entries({
    'listings verify': {
      ...VERIFY_EFFECTS,
      ...Object.fromEntries(
        Object.entries(SETTING_FLAGS).map(([setting, flag]) => [
          flag,
          ofBackup(setting as keyof BackupFlags),
        ]),
      ),
    },
    'listings build': BUILD_EFFECTS,
    'listings check': CHECK_EFFECTS,
    'checksums backfill': BACKFILL_EFFECTS,
    'checksums verify': SCRUB_EFFECTS,
    'recovery plan': RECOVERY_EFFECTS,
    'recovery apply': RECOVERY_EFFECTS,
    'recovery run': RECOVERY_EFFECTS,
    'recovery drill': DRILL_EFFECTS,
  }).map(([job, effects]) => [job, effects as unknown as Effects]),
);

function ofBackup(setting: keyof BackupFlags) {
  if (BACKUP_EFFECTS[setting] === 'neutral') return 'neutral' as const;
  return (value: unknown, { backups }: Config) =>
    weakenedSettings({ [setting]: value } as BackupFlags, backups?.[0]).length > 0;
}

const backup: BackupConfig = {
  url: 's3://bucket/',
  max_missing: 2,
  grace: 60_000,
  max_age: 86_400_000,
  max_vanished: 0.1,
  min_size: 10,
  since: '2026-01-01',
  stale: 'fail',
  allowlist: '/allow',
  archive_pattern: 'a',
  date_pattern: 'd',
  series_pattern: 's',
  retired: ['old/*'],
  canary: 'canary.tar',
  inventory: 's3://i/manifest.json',
  max_inventory_age: 3_600_000,
};
const config: Config = {
  backups: [backup],
  s3: { endpoint_url: 'https://here', region: 'eu' },
  checksums: {
    max_drift: 1,
    max_errors: 1,
    on_drift: 'hold',
    period: 1000,
    window: '01:00-02:00',
    timezone: 'UTC',
  },
  recovery: { archives: 3 },
};

/** For each flag whose value decides: a value that lets through less than the configuration, and one that is as good. */
const VALUES: Record<string, { worse: unknown[]; good: unknown[] }> = {
  listingTemplate: { worse: ['{key}.sha256'], good: ['{key}.list.txt'] },
  archivePattern: { worse: ['b'], good: ['a'] },
  partitionDepth: { worse: [0, 2], good: [1] },
  seriesPattern: { worse: ['x'], good: ['s'] },
  retired: { worse: [['new/*']], good: [['old/*'], []] },
  since: { worse: ['2026-01-02'], good: ['2026-01-01', '2025-01-01'] },
  datePattern: { worse: ['e'], good: ['d'] },
  allowlist: { worse: ['/other'], good: ['/allow'] },
  maxMissing: { worse: [3], good: [2, 0] },
  failOn: { worse: ['new'], good: ['all'] },
  minSize: { worse: [9], good: [10, 11] },
  grace: { worse: [60_001], good: [60_000, 0] },
  stale: { worse: ['warn', 'off'], good: ['fail'] },
  maxAge: { worse: [86_400_001], good: [86_400_000] },
  maxVanished: { worse: [0.2], good: [0.1] },
  canary: { worse: ['real.tar'], good: ['canary.tar'] },
  inventory: { worse: ['s3://i/other.json'], good: ['s3://i/manifest.json'] },
  maxInventoryAge: { worse: [3_600_001], good: [3_600_000] },
  endpointUrl: { worse: ['https://there'], good: ['https://here'] },
  region: { worse: ['us'], good: ['eu'] },
  registry: { worse: [false], good: ['postgres://x/y'] },
  index: { worse: [false], good: [true] },
  window: { worse: ['01:00-01:01'], good: ['01:00-02:00'] },
  timezone: { worse: ['Asia/Tokyo'], good: ['UTC'] },
  maxDrift: { worse: [2], good: [1, 0] },
  maxErrors: { worse: [2], good: [1, 0] },
  onDrift: { worse: ['record'], good: ['hold'] },
  emitSql: { worse: ['x.sql'], good: [] },
  period: { worse: [1001], good: [1000] },
  archives: { worse: [1, 2], good: [3, 'all'] },
};
/** They only add to what is checked, so no value of theirs is worse. */
const TIGHTEN = ['strict', 'requireIndex'];

function flagsOf(path: string): string[] {
  const words = path.split(' ');
  let found: Command | undefined = commands().find((command) => command.name() === words[0]);
  found = found?.commands.find((command) => command.name() === words[1]);
  if (found === undefined) throw new Error(`there is no command ${path}`);
  return found.options.map((option) => option.attributeName());
}

/** Commands whose wiring hands a job to `runJob`. */
function commandsWithRuns(): string[] {
  const cli = join(import.meta.dirname, '../../src/cli');
  return globSync('*/*.command.ts', { cwd: cli, absolute: true }).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const name = /defineCommand\(\s*'([a-z]+)'/.exec(text)?.[1] ?? '';
    const wiring = [...text.matchAll(/import\('(\.\/[^']+)\.js'\)/g)].map(([, path = '']) =>
      readFileSync(join(dirname(file), `${path}.ts`), 'utf8'),
    );
    return wiring.some((source) => source.includes('runJob(')) ? [`${basename(dirname(file))} ${name}`] : [];
  });
}

it('every command that keeps a run has a table of its flags', () => {
  expect(commandsWithRuns().sort()).toEqual(Object.keys(jobs).sort());
});

describe.each(Object.entries(jobs))('%s: every flag', (job, effects) => {
  it('of the command has an effect', () => {
    const without = flagsOf(job).filter((flag) => effects[flag] === undefined);
    expect(without, 'add these to effects.ts next to the command').toEqual([]);
  });

  it('with an effect is one that a command offers', () => {
    const sharing = Object.keys(jobs).filter((other) => jobs[other] === effects);
    const offered = new Set([...sharing.flatMap(flagsOf), ...Object.keys(GLOBAL_EFFECTS), 'registry']);
    expect(
      Object.keys(effects).filter((flag) => !offered.has(flag)),
      `flags that salvor ${sharing.join(', ')} has no option for`,
    ).toEqual([]);
  });

  it('that narrows, or lets through what the configuration would not, keeps the run from qualifying', () => {
    for (const [flag, effect] of Object.entries(effects)) {
      if (effect === 'neutral') continue;
      const { worse, good } = effect === 'narrows' ? { worse: [true, 1, ['x']], good: [] } : valuesOf(flag);
      for (const value of worse)
        expect(notQualifying({ [flag]: value }, effects, config), `${flag} ${value}`).toHaveLength(1);
      for (const value of good)
        expect(notQualifying({ [flag]: value }, effects, config), `${flag} ${value}`).toEqual([]);
    }
  });

  it('that is not given disqualifies nothing', () => {
    expect(notQualifying({}, effects, config)).toEqual([]);
  });
});

function valuesOf(flag: string): { worse: unknown[]; good: unknown[] } {
  const values = VALUES[flag] ?? (TIGHTEN.includes(flag) ? { worse: [], good: [true] } : undefined);
  if (values === undefined) throw new Error(`--${flag}: add a value that loosens and one that does not`);
  return values;
}

describe('what is not configured', () => {
  it('is judged by the defaults where something is configured', () => {
    const bare: Config = { backups: [{ url: 's3://bucket/' }] };
    const worse: BackupFlags[] = [
      { max_missing: 1 },
      { grace: 3_600_001 },
      { min_size: 0 },
      { stale: 'off' },
      { since: '2026-01-01' },
      { partition_depth: 0 },
      { listing: '{key}.sha256' },
      { inventory: 's3://x/manifest.json' },
      { canary: 'a.tar' },
      { max_vanished: 0.06 },
    ];
    for (const flags of worse) {
      // An allowlist is read, so only its name is compared here.
      expect(listingTargets([], flags, bare).notQualifying, JSON.stringify(flags)).toHaveLength(1);
    }
  });

  it('at all is the command line itself: then it is all the configuration there is', () => {
    expect(listingTargets(['s3://other-bucket/'], { max_missing: 7 }, {}).notQualifying).toEqual([]);
    expect(notQualifying({ endpointUrl: 'https://x' }, VERIFY_EFFECTS, {})).toEqual([]);
  });

  it('as read-only makes the script the way to write', () => {
    expect(notQualifying({ emitSql: 'x' }, RECOVERY_EFFECTS, { registry: { mode: 'readonly' } })).toEqual([]);
  });
});
