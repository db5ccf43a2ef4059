import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { installQueue } from '../../src/queue/install.js';
import { connect, type Database } from '../../src/registry/database.js';
import { type CliOptions, type CliResult, salvor } from './cli.js';
import { type FreshDatabase, freshDatabase } from './postgres.js';
import { type State, stateOf } from './registry-state.js';
import { type WorkerOptions, WorkerProcess } from './worker-process.js';

/** Files, and registries that are about them: one for each way of doing the same work. */
export class SharedWorld {
  readonly base = mkdtempSync(join(tmpdir(), 'salvor-workers-'));
  readonly root = join(this.base, 'root');
  readonly #workers: WorkerProcess[] = [];
  readonly #registries: Registry[] = [];
  #gates = 0;

  constructor() {
    mkdirSync(this.root);
    writeFileSync(join(this.root, '.mounted'), '');
  }

  /** Every kind of row: `count` in all. */
  makeFiles(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const path = join(this.root, `f${i}`);
      if (i % 41 === 1) continue;
      if (i % 43 === 1) writeFileSync(path, pointer(i));
      else if (i % 47 === 1) mkdirSync(path);
      else if (i % 53 === 1) symlinkSync('/etc/hostname', path);
      else writeFileSync(path, `content of ${i}\n`);
    }
  }

  async registry(count: number, options: { url?: string } = {}): Promise<Registry> {
    const fresh = options.url === undefined ? await freshDatabase() : undefined;
    const url = options.url ?? fresh?.url ?? '';
    const database = await connect(url);
    await installQueue(database);
    await database.query(
      `create table artifacts (id bigint primary key, artifact_type text, file_path text, metadata jsonb, content_hash text)`,
    );
    await database.query(
      `insert into artifacts select i, case i % 3 when 0 then 'dataset' when 1 then 'figure' end, 'f' || i,
         case when i % 59 = 2 then '[]'::jsonb when i % 61 = 2 then jsonb_build_object('file_sha256', repeat('0', 64))
         else jsonb_build_object('n', i) end, 'h'
       from generate_series(0, $1 - 1) as i`,
      [count],
    );
    const registry = new Registry(this, database, url, fresh);
    this.#registries.push(registry);
    return registry;
  }

  /** Writes a configuration and gives its path. */
  config(name: string, text: string): string {
    const path = join(this.base, `${name}.yaml`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  async worker(config: string, options: WorkerOptions = {}): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start(config, options);
    this.#workers.push(worker);
    return worker;
  }

  /** A gate that is closed: a worker with its `options` reads no file until it is opened. */
  gate(): Gate {
    this.#gates += 1;
    return new Gate(join(this.base, `gate-${this.#gates}`));
  }

  async remove(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end('SIGKILL')));
    for (const registry of this.#registries) await registry.close();
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** Holds workers in the middle of a unit for as long as a test needs, however fast or slow the machine is. */
export class Gate {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    writeFileSync(path, '');
  }

  get options(): { preload: string[]; env: Record<string, string> } {
    return { preload: ['slow-reads.mjs'], env: { READ_GATE: this.#path, READ_LATENCY_MS: '0' } };
  }

  open(): void {
    rmSync(this.#path);
  }
}

export class Registry {
  readonly config: string;

  constructor(
    readonly world: SharedWorld,
    readonly database: Database,
    readonly url: string,
    readonly fresh: FreshDatabase | undefined,
  ) {
    this.config = this.configure('salvor');
  }

  configure(name: string, more = '', roots = 'roots: [{ path: root, sentinel: .mounted }]'): string {
    const text = `${roots}\nregistry: { url: "${this.url}", guard: [content_hash] }\nhealth: { ndjson: events.ndjson }\nchecksums: { threads: 1 }\n${more}`;
    return this.world.config(`${name}-${this.fresh?.name ?? 'own'}`, text);
  }

  async run(words: string, options: CliOptions = {}): Promise<CliResult & { json: RunJson }> {
    const result = await salvor([...words.split(' '), '--config', this.config, '--json'], options);
    return { ...result, json: JSON.parse(result.stdout) as RunJson };
  }

  /** What runs have left behind. */
  state(): Promise<State> {
    return stateOf(this.database);
  }

  /** Waits until each of these workers has a unit in hand. */
  async allBusy(workers: readonly WorkerProcess[]): Promise<void> {
    const names = workers.map(({ name }) => name).sort();
    const busy = async (): Promise<string[]> => {
      const { rows } = await this.database.query<{ worker: string }>(
        `select distinct worker from salvor.work where state = 'active' and worker = any($1) order by worker`,
        [names],
      );
      return rows.map(({ worker }) => worker).sort();
    };
    await expect.poll(busy).toEqual(names);
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.fresh?.drop();
  }
}

interface RunJson {
  run_id: string;
  status: string;
  exit_code: number;
  summary: Record<string, unknown>;
  findings: { code: string; subject: string; message: string; detail?: Record<string, unknown> }[];
  error?: { code: string; message: string; hint?: string };
}

/** The result of a run, without the fields that differ between runs. */
export function reported({ json, code }: { json: RunJson; code: number | null }) {
  const { elapsed_ms: _, ...summary } = json.summary;
  const findings = json.findings.map((finding) => JSON.stringify(finding)).sort();
  return { code, status: json.status, summary, findings };
}

function pointer(i: number): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(60)}${String(i).padStart(4, '0')}\nsize 12\n`;
}
