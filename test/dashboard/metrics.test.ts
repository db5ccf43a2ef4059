import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { OpenedDashboard } from '../../src/cli/dashboard/dashboard.js';
import { bearer, call } from './http.js';
import { buildWorld, OWN_TOKEN, serve, type World } from './world.js';

const contrib = join(import.meta.dirname, '../../contrib');

let world: World;
let opened: OpenedDashboard & { logged: string[] };
let text = '';

beforeAll(async () => {
  world = await buildWorld({ hostile: true });
  await world.client.query(
    "insert into salvor.proofs (run_id, artifact_id, sha256, archive_url, member, ok, table_name) select gen_random_uuid(), id, metadata ->> 'file_sha256', 's3://b/a.tar', 'm', true, 'salvor.artifacts' from artifacts where id = 'a-0000001'",
  );
  opened = await serve(world);
  // Wait for the census, which is part of the metrics.
  await settledCensus();
  text = (await call(opened.server.url, { path: '/metrics' })).body;
});
afterAll(async () => {
  await opened.close();
  await world.drop();
});

async function settledCensus(): Promise<void> {
  for (let state = 'counting'; state === 'counting'; ) {
    const { census } = (await call(opened.server.url, { path: '/api/overview' })).json() as {
      census: { state: string };
    };
    state = census.state;
  }
}

const families = (): Set<string> =>
  new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? ''));

describe('/metrics', () => {
  it('uses the text format: every sample belongs to a declared metric, with escaped labels', () => {
    const sample = /^(salvor_[a-z_]+)(\{([a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? -?[0-9.e+-]+$/;
    for (const line of text.trimEnd().split('\n')) {
      if (line.startsWith('# ')) continue;
      const [, name] = sample.exec(line) ?? [];
      expect(name, line).toBeDefined();
      expect(families()).toContain(name);
    }
  });

  it('matches the tables', () => {
    expect(text).toContain('salvor_drift_open 20\n');
    expect(text).toContain('salvor_review_waiting 14\n');
    expect(text).toContain('salvor_watchdog_expected 1\n');
    expect(text).toMatch(
      /^salvor_findings_open\{job="listings verify",scope="s3:\/\/demo\/backups\/",code="listing\.stale",severity="warning",baseline="false"\} 1$/m,
    );
    expect(text).toMatch(
      /^salvor_runs_total\{check="listings verify",scope="s3:\/\/demo\/backups\/",host="atlas",status="findings"\} 4$/m,
    );
    expect(text).toMatch(/^salvor_run_success_timestamp_seconds\{check="listings verify"/m);
  });

  it('accepts the token that Prometheus sends', async () => {
    const answer = await call(opened.server.url, { path: '/metrics', headers: bearer(OWN_TOKEN) });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});

describe('contrib', () => {
  const named = (content: string): string[] => [...new Set(content.match(/salvor_[a-z_]+[a-z]/g) ?? [])];

  it.each(globSync('{prometheus,grafana}/*.{yml,yaml,json}', { cwd: contrib }))(
    '%s uses only existing metrics',
    (file) => {
      const names = named(readFileSync(join(contrib, file), 'utf8'));
      expect(names.filter((name) => !families().has(name))).toEqual([]);
    },
  );

  it('the alert rules are complete, and say what to do', () => {
    const rules = parse(readFileSync(join(contrib, 'prometheus/salvor-alerts.yml'), 'utf8')) as {
      groups: { name: string; rules: Record<string, unknown>[] }[];
    };
    for (const rule of rules.groups.flatMap((group) => group.rules)) {
      expect(rule).toMatchObject({
        alert: expect.stringMatching(/^Salvor[A-Z]/),
        expr: expect.any(String),
        labels: { severity: expect.stringMatching(/^(critical|warning)$/) },
        annotations: { summary: expect.any(String), description: expect.any(String) },
      });
    }
  });

  it('the Grafana dashboard is valid, and every panel has a query', () => {
    const board = JSON.parse(readFileSync(join(contrib, 'grafana/salvor.json'), 'utf8')) as {
      uid: string;
      panels: { id: number; title: string; type: string; targets?: { expr: string }[] }[];
    };
    expect(board.uid).toBe('salvor');
    const panels = board.panels.filter((panel) => panel.type !== 'row');
    expect(new Set(board.panels.map((panel) => panel.id)).size).toBe(board.panels.length);
    for (const panel of panels) expect(panel.targets?.[0]?.expr, panel.title).toMatch(/salvor_/);
  });
});
