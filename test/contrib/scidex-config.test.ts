import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../src/cli/config/load.js';

const directory = join(import.meta.dirname, '../../contrib/scidex');

describe('contrib/scidex/salvor.yaml', () => {
  const { config } = loadConfig(join(directory, 'salvor.yaml'), {});

  it('verifies the backups from the day on which the listing pipeline landed', () => {
    expect(config.backups).toHaveLength(1);
    expect(config.backups?.[0]).toMatchObject({
      url: 's3://scidex/backups/',
      since: '2026-04-24',
      max_missing: 0,
      min_size: 1,
      allowlist: join(directory, 'backlog.txt'),
    });
  });

  it('keeps what the profile knows of the table, its guard, the root and the worktrees', () => {
    expect(config.registry).toMatchObject({ table: 'scidex.artifacts', guard: ['content_hash'] });
    expect(config.roots).toEqual([
      { path: '/data/scidex-artifacts', sentinel: '.git', strip: 'data/scidex-artifacts/' },
    ]);
    const directories = config.recovery?.sources?.map((source) => 'directory' in source && source.directory);
    expect(directories).toContain('/data/.orchestra-worktrees/*/data/scidex-artifacts');
  });

  it('expects a verification a day', () => {
    expect(config.watchdog?.expect).toContainEqual({ job: 'listings verify', within: 26 * 3_600_000 });
  });

  it('is still valid with every commented part uncommented', () => {
    const file = join(directory, 'salvor.yaml');
    const text = readFileSync(file, 'utf8').replace(
      /^( *)# ((?:mode|emit_sql|table|columns|statuses|prometheus|journal|references|- \{ job)| {2,}\w+:)/gm,
      '$1$2',
    );
    const all = parseConfig(text, file, {});
    expect(all.registry?.mode).toBe('readonly');
    expect(all.journal?.mirror?.constants).toEqual({ content_type: 'artifact' });
    expect(all.references?.sql).toContain('artifact_links');
    expect(all.health?.statuses).toEqual({ running: null });
    expect(all.health).toMatchObject({
      table: 'orchestra.fleet_health_events',
      columns: { check_name: 'metric_name' },
      prometheus: '/var/lib/node_exporter/textfile_collector/salvor.prom',
    });
    expect(all.watchdog?.expect?.map(({ job }) => job)).toEqual([
      'listings verify',
      'checksums backfill',
      'recovery plan',
    ]);
  });
});

describe('contrib/scidex/backlog.txt', () => {
  it('exempts nothing by default', () => {
    const lines = readFileSync(join(directory, 'backlog.txt'), 'utf8').split('\n');
    expect(lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))).toEqual([]);
  });
});
