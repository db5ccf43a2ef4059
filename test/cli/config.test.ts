import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '../../src/cli/config/load.js';
import { configTemplate } from '../../src/cli/config/template.js';
import { Failure } from '../../src/core/failure.js';

function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('expected a Failure');
}

const parse = (text: string, env: NodeJS.ProcessEnv = {}) =>
  parseConfig(text, '/etc/salvor/salvor.yaml', env);

describe('parseConfig', () => {
  it('reads sizes, durations and percentages into numbers', () => {
    const config = parse(
      'backups: [{url: "s3://b/p/", grace: 1h, min_size: 4KiB, max_vanished: 5%, since: 2026-04-24}]\nchecksums: {rate: 50MB/s}',
    );
    expect(config.backups?.[0]).toEqual({
      url: 's3://b/p/',
      grace: 3_600_000,
      min_size: 4096,
      max_vanished: 0.05,
      since: '2026-04-24',
    });
    expect(config.checksums?.rate).toBe(50e6);
  });

  it.each([
    ['registy: {}', 'registy: unknown key; did you mean registry?'],
    ['registry: {tabel: x}', 'registry.tabel: unknown key; did you mean table?'],
    ['backups: [{url: "s3://b/", graze: 1h}]', 'backups[0].graze: unknown key; did you mean grace?'],
    [
      'recovery: {types: {dataset: {extension: [.csv]}}}',
      'recovery.types.dataset.extension: unknown key; did you mean extensions?',
    ],
    [
      'watchdog: {expect: [{job: x, withn: 1h}]}',
      'watchdog.expect[0].withn: unknown key; did you mean within?',
    ],
    ['zzzzzzzzzz: 1', 'zzzzzzzzzz: unknown key'],
    [
      'backups: [{url: "http://b/"}]',
      'backups[0].url: must be s3://bucket/prefix/ or file:///absolute/directory/',
    ],
    ['backups: [{url: "s3://b/", grace: soon}]', 'backups[0].grace: not a duration: "soon"'],
    ['checksums: {threads: 0}', 'checksums.threads: must be at least 1'],
    ['checksums: {on_drift: maybe}', 'checksums.on_drift: '],
    ['- a list', 'the document: '],
  ])('refuses %s and says where', (text, message) => {
    const failure = failureOf(() => parse(text));
    expect(failure.code).toBe('config.invalid');
    expect(failure.exitCode).toBe(2);
    expect(failure.message).toContain(`/etc/salvor/salvor.yaml: ${message}`);
  });

  it('reads environment variables, and refuses one that is not set', () => {
    const text = 'registry: {url: "postgres://u:${DB_PASSWORD}@h/d"}';
    expect(parse(text, { DB_PASSWORD: 'x y' }).registry?.url).toBe('postgres://u:x y@h/d');
    const failure = failureOf(() => parse(text));
    expect(failure.code).toBe('config.environment');
    expect(failure.message).toContain('registry.url: ${DB_PASSWORD} is not set');
  });

  it('resolves relative paths against the directory of the file', () => {
    const config = parse(
      'registry: {url: "embedded:pg"}\nroots: [{path: data}]\nhealth: {ndjson: ../events.ndjson}',
    );
    expect(config.registry?.url).toBe('embedded:/etc/salvor/pg');
    expect(config.roots?.[0]?.path).toBe('/etc/salvor/data');
    expect(config.health?.ndjson).toBe('/etc/events.ndjson');
  });

  it('applies a profile below the file: objects are merged, lists replaced', () => {
    const config = parse('profile: scidex\nregistry: {mode: readonly}\nroots: [{path: /mnt/a}]');
    expect(config.registry).toMatchObject({
      table: 'scidex.artifacts',
      mode: 'readonly',
      guard: ['content_hash'],
    });
    expect(config.roots).toEqual([{ path: '/mnt/a' }]);
    expect(config.backups?.[0]?.since).toBe('2026-04-24');
  });

  it('refuses a profile that does not exist, broken YAML and repeated keys', () => {
    expect(failureOf(() => parse('profile: scidx')).code).toBe('config.profile');
    for (const name of ['constructor', 'toString', '__proto__'])
      expect(failureOf(() => parse(`profile: ${name}`)).code).toBe('config.profile');
    expect(failureOf(() => parse('__proto__: {registry: {url: "postgres://elsewhere/"}}')).message).toMatch(
      /__proto__: unknown key/,
    );
    const aliases = ['a', 'b', 'c', 'd', 'e'].map(
      (name, i, all) => `${name}: &${name} [${Array(9).fill(i === 0 ? 'x' : `*${all[i - 1]}`)}]`,
    );
    expect(failureOf(() => parse(aliases.join('\n'))).code).toBe('config.syntax');
    expect(failureOf(() => parse('roots: [')).code).toBe('config.syntax');
    expect(failureOf(() => parse('s3: {}\ns3: {}')).code).toBe('config.syntax');
  });

  it('an empty file is an empty configuration', () => {
    expect(parse('')).toEqual({});
  });
});

describe('loadConfig', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'salvor-config-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('refuses a file that every user can write', () => {
    const file = join(dir, 'salvor.yaml');
    writeFileSync(file, '');
    chmodSync(file, 0o646);
    expect(failureOf(() => loadConfig(file)).code).toBe('config.untrusted');
    chmodSync(file, 0o644);
    expect(loadConfig(file)).toEqual({ file, config: {} });
  });

  it.each([
    ['refers to itself', 'registry: &r { url: *r }'],
    ['is merged into itself', 'roots: []\na: &a { <<: *a }'],
    ['is in a list that it stands for', 'roots: &r [*r]'],
    ['is nested without end', `roots: ${'['.repeat(10_000)}`],
  ])('refuses a file whose alias %s', (_, text) => {
    const file = join(dir, 'salvor.yaml');
    writeFileSync(file, text);
    expect(failureOf(() => loadConfig(file))).toMatchObject({
      exitCode: 2,
      code: expect.stringMatching(/^config\.(syntax|invalid)$/),
    });
  });

  it.each([
    ['checksums: { timezone: Mars/Olympus }', 'checksums.timezone'],
    ["schedule: [{ job: watchdog, cron: '* * * * *', timezone: Nowhere/At-All }]", 'timezone'],
    ['health: { webhook: "htp://example.org/x" }', 'health.webhook'],
    ['s3: { endpoint_url: "ftp://example.org" }', 's3.endpoint_url'],
  ])('refuses %s', (text, where) => {
    const file = join(dir, 'salvor.yaml');
    writeFileSync(file, text);
    expect(failureOf(() => loadConfig(file))).toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(where),
    });
  });

  it('refuses a named file that does not exist or is not a file', () => {
    expect(failureOf(() => loadConfig(join(dir, 'none.yaml'))).code).toBe('config.unreadable');
    expect(failureOf(() => loadConfig(dir)).code).toBe('config.unreadable');
  });

  it('finds the file in the XDG directory', () => {
    mkdirSync(join(dir, 'salvor'));
    const file = join(dir, 'salvor', 'salvor.yaml');
    expect(loadConfig(undefined, { XDG_CONFIG_HOME: dir }).file).toBeUndefined();
    writeFileSync(file, 's3: {region: x}');
    expect(loadConfig(undefined, { XDG_CONFIG_HOME: dir })).toEqual({
      file,
      config: { s3: { region: 'x' } },
    });
  });
});

describe('the file that init writes', () => {
  const withoutMarks = configTemplate({}).replaceAll(/^# (?=[a-z_\d]+:| {2}|- )/gm, '');

  it('is valid with every example uncommented, also as a whole', () => {
    // The profile comes with settings of its own, and is left out.
    const text = withoutMarks.replace(/^profile: .*$/m, '');
    const { roots, backups, recovery, watchdog } = parse(text);
    expect({ roots, backups, recovery, watchdog }).toEqual({
      roots: [expect.any(Object)],
      backups: [expect.any(Object)],
      recovery: { sources: expect.any(Array), types: expect.any(Object) },
      watchdog: { expect: expect.any(Array) },
    });
  });

  it('has an example for what each of the three jobs needs', () => {
    for (const key of ['registry', 'roots', 'backups', 'checksums', 'recovery', 'watchdog']) {
      expect(withoutMarks).toMatch(new RegExp(`^${key}:`, 'm'));
    }
  });
});
