import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { configSchema } from '../../src/cli/config/schema.js';
import { type OpenedDashboard, openDashboard } from '../../src/cli/dashboard/dashboard.js';
import type { Overview } from '../../src/dashboard/api/overview.js';
import { connect, type Database } from '../../src/registry/database.js';
import { bearer, call } from '../dashboard/http.js';
import { type RunProgram, salvorHere } from '../support/cli-in-process.js';
import { severitiesOf } from '../support/code-severities.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

const dist = join(import.meta.dirname, '../../dist');
const TOKEN = 'ledger-token-ledger-token';
const MINUTE_MS = 60_000;
const PAUSE_MS = 5;

/** A row of `salvor.findings`, as far as these tests look. */
export interface LedgerRow {
  job: string;
  code: string;
  subject: string;
  severity: string;
  resolution: string | null;
}

/** Which jobs the watchdog expects unless a test says otherwise. */
const EXPECTED = [
  'checksums backfill',
  'checksums verify',
  'recovery drill',
  'recovery plan',
  'listings verify',
  'listings build',
];

/** A registry with artifacts, a root, a store, and the program as its users run it. */
export class LedgerWorld {
  #expected: readonly string[] = EXPECTED;
  #settings: Record<string, unknown> = {};
  #dashboard: OpenedDashboard | undefined;
  #nowMs = Date.now();
  /** In place of the built program, one made of the sources, in which a test can plant a fault. */
  program: RunProgram | undefined;
  /** To be called before the world is removed. */
  readonly #endings: (() => Promise<void>)[] = [];

  private constructor(
    readonly base: string,
    readonly fresh: FreshDatabase,
    readonly db: Database,
  ) {}

  static async create(): Promise<LedgerWorld> {
    const base = mkdtempSync(join(tmpdir(), 'salvor-ledger-'));
    for (const name of ['root', 'store', 'here']) mkdirSync(join(base, name));
    // Commands write next to where they are called, and some are called as a user without rights.
    chmodSync(base, 0o755);
    chmodSync(join(base, 'here'), 0o777);
    process.chdir(join(base, 'here'));
    process.env.HOME = join(base, 'here');
    const fresh = await freshDatabase();
    const db = await connect(fresh.url);
    await db.query(
      'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb, content_hash text)',
    );
    const world = new LedgerWorld(base, fresh, db);
    world.configure();
    return world;
  }

  /** @throws when a finding has a severity that the table of codes does not have for it */
  async close(): Promise<void> {
    const wrong = (await this.ledger()).filter(
      ({ code, severity }) => !severitiesOf(code).includes(severity),
    );
    await this.#end();
    expect(wrong, 'severities that are not in the table of codes').toEqual([]);
  }

  async #end(): Promise<void> {
    for (const end of this.#endings) await end();
    await this.#dashboard?.close();
    await this.db.close();
    await this.fresh.drop();
    process.chdir('/');
    rmSync(this.base, { recursive: true, force: true });
  }

  /** The watchdog expects these jobs and no other. */
  expects(...jobs: string[]): void {
    this.#expected = jobs;
    this.configure(this.#settings);
  }

  /** Writes the configuration: JSON is YAML. */
  configure(settings: Record<string, unknown> = {}): void {
    this.#settings = settings;
    writeFileSync(join(this.base, 'salvor.yaml'), JSON.stringify(this.#config()), { mode: 0o644 });
  }

  #config(): Record<string, unknown> {
    return {
      registry: { url: this.fresh.url },
      roots: [{ path: join(this.base, 'root') }],
      watchdog: { expect: this.#expected.map((job) => ({ job, within: '1d' })) },
      ...this.#settings,
    };
  }

  /** Does it again and again, until the world is closed or what it returns is called. */
  meanwhile(does: () => Promise<void>): () => Promise<void> {
    let going = true;
    const loop = (async () => {
      while (going) {
        await does();
        await sleep(PAUSE_MS);
      }
    })();
    const end = async (): Promise<void> => {
      going = false;
      await loop;
    };
    this.#endings.push(end);
    return end;
  }

  /** A file below the root. */
  file(path: string, content: string): string {
    return this.put(`root/${path}`, content);
  }

  /** A file anywhere in this world. */
  put(path: string, content: string | Buffer): string {
    const whole = join(this.base, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
    return whole;
  }

  async row(
    id: string,
    path: string | null,
    metadata: Record<string, unknown> = {},
    type = 'dataset',
  ): Promise<void> {
    await this.db.query('insert into artifacts values ($1, $2, $3, $4, $5)', [
      id,
      type,
      path,
      JSON.stringify(metadata),
      'h',
    ]);
  }

  /** Runs a command with `--json`; `json` is its document. */
  async run(words: string, ...more: string[]) {
    const result = await salvorHere([...this.#args(words), '--json', ...more], { program: this.program });
    return { ...result, json: JSON.parse(result.stdout) };
  }

  /** The same for a person. */
  async text(words: string, ...more: string[]): Promise<string> {
    return (await salvorHere([...this.#args(words), ...more], { program: this.program })).stdout;
  }

  /** The same, with what it answered on both streams. */
  raw(words: string) {
    return salvorHere(this.#args(words));
  }

  #args(words: string): string[] {
    return [...words.split(' '), '--config', join(this.base, 'salvor.yaml')];
  }

  /** What the first page of the dashboard shows. */
  async overview(): Promise<Overview> {
    return JSON.parse(await this.#page('/api/overview')) as Overview;
  }

  /** The metrics for Prometheus. */
  metrics(): Promise<string> {
    return this.#page('/metrics');
  }

  async #page(path: string): Promise<string> {
    // Later than anything that is kept from the call before may be shown.
    this.#nowMs += MINUTE_MS;
    this.#dashboard ??= await this.#openDashboard();
    const answer = await call(this.#dashboard.server.url, { path, headers: bearer(TOKEN) });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return answer.body;
  }

  async #openDashboard(): Promise<OpenedDashboard> {
    return openDashboard({
      config: configSchema.parse(this.#config()),
      flags: { listen: '127.0.0.1:0', readOnly: true },
      own: { actor: 'test', secret: TOKEN },
      pages: join(dist, 'dashboard/pages'),
      log: () => undefined,
      now: () => this.#nowMs,
    });
  }

  async ledger(): Promise<LedgerRow[]> {
    const { rows } = await this.db.query<LedgerRow>(
      'select job, code, subject, severity, resolution from salvor.findings order by id',
    );
    return rows;
  }

  /** Codes and subjects that are open, in the order in which they were found. */
  async open(job?: string): Promise<string[]> {
    return (await this.ledger())
      .filter((row) => row.resolution === null && (job === undefined || row.job === job))
      .map(({ code, subject }) => `${code} ${subject}`);
  }

  /** What `salvor status` calls red, by code. */
  async red(): Promise<Record<string, number>> {
    const { json } = await this.run('status');
    const groups = json.summary.findings as { code: string; red: boolean; open: number; baseline: number }[];
    return Object.fromEntries(
      groups.filter(({ red }) => red).map(({ code, open, baseline }) => [code, open - baseline]),
    );
  }
}
