// A process that uses a registry by commands, line by line: `SOURCES URL` are its arguments, commands come on
// stdin as JSON, and each is answered by one line of JSON.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [sources, url] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${sources}/registry/${path}`).href);

let database;
let registry;
let run;

const commands = {
  async connect() {
    database = await (await load('database.js')).connect(url);
  },
  async query({ text, values }) {
    return (await database.query(text, values)).rows;
  },
  async open() {
    registry = await (await load('registry.js')).openRegistry(url);
    database = registry.database;
  },
  async begin({ start }) {
    run = await registry.runs.begin({ ...start, startedAt: new Date(start.startedAt) });
    return run.closedDead.map((dead) => dead.id);
  },
  async stage({ findings }) {
    await run.findings.stage(findings);
    return findings.length;
  },
  async finish({ end }) {
    await run.finish({ ...end, finishedAt: new Date(end.finishedAt) });
  },
  async close() {
    await database.close();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await commands[command.name](command)) ?? null };
  } catch (error) {
    answer = { error: { code: error.code, message: error.message, hint: error.hint } };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
