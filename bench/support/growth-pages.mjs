// Requests every page of the dashboard once, and the metrics: `growth-pages.mjs REGISTRY ARTIFACTS`.
import { openDashboard } from '../../dist/cli/dashboard/dashboard.js';
import { openRegistry } from '../../dist/registry/registry.js';
import { Client, questions, TOKEN } from './dashboard-client.mjs';

const [, , url, artifacts] = process.argv;
const size = Number(artifacts);
const opened = await openDashboard({
  config: {},
  flags: { registry: url, listen: '127.0.0.1:0' },
  own: { actor: 'bench', secret: TOKEN },
  pages: new URL('../../dist/dashboard/pages', import.meta.url).pathname,
  log: (line) => console.error(line),
});
const { database, close } = await openRegistry(url);
const one = async (sql) => (await database.query(sql)).rows[0].one;
const artifact = await one("select artifact_id as one from salvor.drift where state = 'open' limit 1");
const run = await one('select id::text as one from salvor.runs order by started_at desc limit 1');
const scope = await one('select scope as one from salvor.findings where resolved_at is null limit 1');
await close();
const client = new Client(opened.server.url);
await client.settled();
const sizes = { artifacts: size, queue: size / 10, runs: size / 10 };
for (const [, path] of questions({ sizes, artifact, run, scope })) await client.get(path);
await client.get('/metrics');
await opened.close();
