import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Database } from '../../src/registry/database.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** A row of `salvor.findings`, as far as these tests look. */
export interface LedgerRow {
  job: string;
  code: string;
  subject: string;
  severity: string;
  resolution: string | null;
}

/** A registry with artifacts, a root, and the program as its users run it. */
export class LedgerWorld {
  private constructor(
    readonly base: string,
    readonly fresh: FreshDatabase,
    readonly db: Database,
  ) {}

  static async create(): Promise<LedgerWorld> {
    const base = mkdtempSync(join(tmpdir(), 'salvor-ledger-'));
    mkdirSync(join(base, 'root'));
    mkdirSync(join(base, 'store'));
    const fresh = await freshDatabase();
    const db = await connect(fresh.url);
    await db.query(
      'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb, content_hash text)',
    );
    const world = new LedgerWorld(base, fresh, db);
    world.configure();
    return world;
  }

  async close(): Promise<void> {
    await this.db.close();
    await this.fresh.drop();
    chmodSync(join(this.base, 'root'), 0o755);
    rmSync(this.base, { recursive: true, force: true });
  }

  /** Writes the configuration: JSON is YAML. */
  configure(more: Record<string, unknown> = {}): void {
    const expect = [
      'checksums backfill',
      'checksums verify',
      'recovery drill',
      'recovery plan',
      'listings verify',
      'listings build',
    ];
    const config = {
      registry: { url: this.fresh.url },
      roots: [{ path: join(this.base, 'root') }],
      watchdog: { expect: expect.map((job) => ({ job, within: '1d' })) },
      ...more,
    };
    writeFileSync(join(this.base, 'salvor.yaml'), JSON.stringify(config), { mode: 0o600 });
  }

  file(path: string, content: string): string {
    const whole = join(this.base, 'root', path);
    writeFileSync(whole, content);
    return whole;
  }

  async row(
    id: string,
    path: string,
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
    const args = [...words.split(' '), '--config', join(this.base, 'salvor.yaml'), '--json', ...more];
    const result = await salvor(args, { cwd: this.base, env: { HOME: this.base } });
    return { ...result, json: JSON.parse(result.stdout) };
  }

  /** The same for a person. */
  async text(words: string, ...more: string[]): Promise<string> {
    const args = [...words.split(' '), '--config', join(this.base, 'salvor.yaml'), ...more];
    return (await salvor(args, { cwd: this.base, env: { HOME: this.base } })).stdout;
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
