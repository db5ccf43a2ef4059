// The requests of the dashboard benchmark, and the output of its times.
import { performance } from 'node:perf_hooks';

export const TOKEN = 'bench-token-bench-token';
const ROUNDS = 5;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Prints one line with the median and the worst of the times in milliseconds. */
export function row(name, times) {
  const shown = (ms) => `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  console.log(
    `  ${name.padEnd(58)}${shown(median(times)).padStart(9)}${shown(Math.max(...times)).padStart(9)}`,
  );
}

/** Times the same work repeatedly, without the first round, which runs on a cold cache. Calls `first` before each. */
export async function timed(work, { rounds = ROUNDS, first } = {}) {
  const times = [];
  for (let round = 0; round <= rounds; round += 1) {
    await first?.();
    const began = performance.now();
    await work(round);
    times.push(performance.now() - began);
  }
  return times.slice(1);
}

export class Client {
  constructor(url) {
    this.url = url;
  }

  async get(path) {
    const answer = await fetch(`${this.url}${path}`);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`);
    return path === '/metrics' ? text : JSON.parse(text);
  }

  async post(path, body) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(`${this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const result = await answer.json();
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(result)}`);
    return result;
  }

  /** Polls until the census is up to date. */
  async settled() {
    for (;;) {
      const { census } = await this.get('/api/overview');
      if (census.state === 'failed') throw new Error(census.reason);
      if (census.state === 'ready' && !census.recounting) return census.census;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The requests of the pages: name and URL. */
export function questions({ sizes, artifact, run, scope }) {
  const id = (share) => `a-${String(Math.floor(sizes.artifacts * share)).padStart(7, '0')}`;
  const deep = (table) => Math.floor(table * 0.05);
  const at = encodeURIComponent(scope);
  const cursor = (...values) => Buffer.from(JSON.stringify(values)).toString('base64url');
  const lastYear = cursor(new Date(Date.now() - sizes.runs * 0.95 * 60_000).toISOString(), run);
  return [
    ['drift, first page', '/api/drift?state=open'],
    ['drift, deep page', `/api/drift?state=open&after=${deep(sizes.queue * 2)}`],
    ['drift, by class and type', '/api/drift?state=open&class=corrupt&type=model'],
    ['drift, a type that none has', '/api/drift?state=open&type=nothing'],
    ['drift, rejected', '/api/drift?state=rejected'],
    ['review, first page', '/api/review'],
    ['review, deep page', `/api/review?after=${id(sizes.queue < 100_000 ? 0.9 : 0.5)}`],
    ['review, by type', '/api/review?type=model'],
    ['review, a type that none has', '/api/review?type=nothing'],
    ['review, decided', '/api/review?show=decided'],
    ['findings, first page', `/api/listings/findings?scope=${at}`],
    ['findings, deep page', `/api/listings/findings?scope=${at}&after=${deep(sizes.queue * 2)}`],
    ['findings, below a prefix', `/api/listings/findings?scope=${at}&prefix=${at}host-7`],
    ['findings, a prefix that none has', `/api/listings/findings?scope=${at}&prefix=nowhere`],
    ['listings, scopes', '/api/listings/scopes'],
    ['listings, partitions', '/api/listings/partitions'],
    ['listings, curve of a scope', `/api/listings/history?scope=${at}`],
    ['runs, first page', '/api/runs'],
    ['runs, deep page', `/api/runs?after=${lastYear}`],
    ['runs, a job that never ran', '/api/runs?job=nothing'],
    ['run', `/api/runs/${run}`],
    ['journal, first page', '/api/journal'],
    ['journal, deep page', `/api/journal?after=${deep(sizes.artifacts)}`],
    ['journal, by action', '/api/journal?action=drift'],
    ['journal, an action that none has', '/api/journal?action=nothing'],
    ['journal, an actor that never was', '/api/journal?actor=nobody'],
    ['artifact', `/api/artifact?id=${artifact}`],
    ['checksums', '/api/checksums'],
  ];
}
