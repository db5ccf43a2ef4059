// Listing a bucket: keys per second of CPU compared with the AWS SDK's paginator and `aws s3api | jq`; requests and time
// with latency, by concurrency; resident memory by number of keys. All use the same local S3 server in its own process.
// Every client also runs in its own process, and its whole CPU time counts, including startup. SALVOR_BENCH_SCALE=0.1 makes
// it smaller.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const self = fileURLToPath(import.meta.url);
const dist = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
const scale = Number(process.env.SALVOR_BENCH_SCALE ?? 1);
const CPU_KEYS = 300_000 * scale;
const LATENCY_KEYS = 400_000 * scale;
const LATENCY_MS = 50;

/** Half archives, half listings, with dated names, for twenty hosts. */
function keyAt(index, count) {
  const archive = index >> 1;
  const perHost = Math.ceil(count / 40);
  const number = archive % perHost;
  const host = String(Math.floor(archive / perHost)).padStart(2, '0');
  const date = new Date(Date.UTC(2016, 0, 1) + Math.floor(number / 4) * 86_400_000)
    .toISOString()
    .slice(0, 10);
  return `backups/host-${host}/artifacts-${date}T0${number % 4}.tar.gz${index % 2 === 0 ? '' : '.list.txt'}`;
}

async function serve(count, latencyMs) {
  const { startS3Server } = await dist('demo/s3/server.js');
  const { syntheticCatalog } = await dist('demo/s3/catalog.js');
  const rendered = new Map();
  const keys = Array.from({ length: count }, (_, index) => keyAt(index, count));
  const server = await startS3Server({
    buckets: { bench: syntheticCatalog(count, (index) => keys[index]) },
    intercept: async (call, answer) => {
      if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
      const page = rendered.get(call.request.url) ?? (await answer());
      if (latencyMs === 0) rendered.set(call.request.url, page);
      return page;
    },
  });
  process.send({ endpoint: server.endpoint, credentials: server.credentials });
}

const clients = {
  async salvor({ concurrency }) {
    const { openLister } = await dist('objectstore/open.js');
    const { listInRanges } = await dist('jobs/listings/ranges/list-in-ranges.js');
    const store = openLister('s3://bench/backups/', { region: 'us-east-1' });
    const ranges = await listInRanges(store, { concurrency }, () => {
      let keys = 0;
      return {
        page: (page) => {
          keys += page.objects.length;
        },
        end: () => keys,
      };
    });
    const keys = ranges.reduce((sum, range) => sum + range.result, 0);
    return { keys, requests: store.requests, ranges: ranges.length };
  },

  async sdk() {
    const { S3Client, paginateListObjectsV2 } = await import('@aws-sdk/client-s3');
    const client = new S3Client({ region: 'us-east-1', forcePathStyle: true });
    let keys = 0;
    for await (const page of paginateListObjectsV2({ client }, { Bucket: 'bench', Prefix: 'backups/' })) {
      keys += page.Contents?.length ?? 0;
    }
    return { keys };
  },
};

async function client(name, options) {
  const began = performance.now();
  const result = await clients[name](options);
  const { user, system } = process.cpuUsage();
  const elapsedMs = performance.now() - began;
  const rssBytes = process.resourceUsage().maxRSS * 1024;
  process.send({ ...result, cpuSeconds: (user + system) / 1e6, elapsedMs, rssBytes });
}

function start(role, options, env = {}) {
  const child = spawn(process.execPath, [self, role, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
  });
  const answer = new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${role} ended with ${code}`)));
  });
  return { child, answer };
}

async function withServer(count, latencyMs, work) {
  const { child, answer } = start('serve', { count, latencyMs });
  const { endpoint, credentials } = await answer;
  try {
    return await work({
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  } finally {
    child.kill();
  }
}

const runClient = (name, options, env) => start('client', { name, options }, env).answer;

/** The CPU time of the shell's children, which is all that the pipeline used. */
function awsCli(env) {
  const script =
    "aws s3api list-objects-v2 --bucket bench --prefix backups/ --output json | jq '.Contents | length'; times";
  const done = spawnSync('bash', ['-c', script], { env: { ...process.env, ...env }, encoding: 'utf8' });
  const [keys, , children] = done.stdout.trim().split('\n');
  const cpuSeconds = [...(children ?? '').matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, match) => sum + Number(match[1]) * 60 + Number(match[2]),
    0,
  );
  return { keys: Number(keys), cpuSeconds };
}

function version(program, ...args) {
  const done = spawnSync(program, args, { encoding: 'utf8' });
  return done.status === 0 ? (done.stdout || done.stderr).trim().split('\n')[0] : undefined;
}

/** The median of three, because other work on the machine disturbs single runs. */
async function middleOfThree(measure) {
  const results = [];
  for (let round = 0; round < 3; round += 1) results.push(await measure());
  return results.sort((a, b) => a.cpuSeconds - b.cpuSeconds)[1];
}

const perSecond = ({ keys, cpuSeconds }) => Math.round(keys / cpuSeconds);

async function compareCpu() {
  const sdkVersion = JSON.parse(
    readFileSync(join(root, 'node_modules/@aws-sdk/client-s3/package.json'), 'utf8'),
  ).version;
  await withServer(CPU_KEYS, 0, async (env) => {
    // One warm-up run, so that the server has rendered its pages.
    await runClient('salvor', { concurrency: 1 }, env);
    const ours = await middleOfThree(() => runClient('salvor', { concurrency: 1 }, env));
    console.log(`${CPU_KEYS} keys, one pass: ${ours.requests} requests (least: ${CPU_KEYS / 1000})`);
    console.log(`keys per second of CPU, whole process: salvor ${perSecond(ours)}`);
    const rows = [
      [`AWS SDK ${sdkVersion} paginator`, await middleOfThree(() => runClient('sdk', {}, env)), 3],
    ];
    const [aws, jq] = [version('aws', '--version'), version('jq', '--version')];
    if (aws && jq) rows.push([`${aws.split(' ')[0]} s3api list-objects-v2 | ${jq}`, awsCli(env), 10]);
    else console.log('aws or jq is not installed: not compared');
    for (const [name, peer, target] of rows) {
      if (peer.keys !== ours.keys) throw new Error(`${name} listed ${peer.keys} keys, salvor ${ours.keys}`);
      const ratio = perSecond(ours) / perSecond(peer);
      console.log(`  ${name}: ${perSecond(peer)}; ratio ${ratio.toFixed(1)} (target ${target})`);
    }
  });
}

async function compareConcurrency() {
  await withServer(LATENCY_KEYS, LATENCY_MS, async (env) => {
    const one = await runClient('salvor', { concurrency: 1 }, env);
    const sixteen = await runClient('salvor', { concurrency: 16 }, env);
    const describe = (result) => `${(result.elapsedMs / 1000).toFixed(2)} s, ${result.requests} requests`;
    console.log(`${LATENCY_KEYS} keys, ${LATENCY_MS} ms added to each page:`);
    console.log(`  concurrency 1: ${describe(one)}; 16: ${describe(sixteen)} for ${sixteen.ranges} ranges`);
    const ratio = one.elapsedMs / sixteen.elapsedMs;
    console.log(`  ratio ${ratio.toFixed(1)} (target 10)`);
  });
}

async function compareMemory() {
  const rss = {};
  for (const count of [10_000, 1_000_000]) {
    rss[count] = await withServer(count, 0, (env) => runClient('salvor', { concurrency: 1 }, env));
  }
  const megabytes = (count) => rss[count].rssBytes / 1e6;
  const more = megabytes(1_000_000) - megabytes(10_000);
  console.log(
    `largest resident memory: 10,000 keys ${megabytes(10_000).toFixed(0)} MB, 1,000,000 keys ${megabytes(1_000_000).toFixed(0)} MB; ${more.toFixed(0)} MB more (limit 60)`,
  );
}

export async function run() {
  await compareCpu();
  await compareConcurrency();
  await compareMemory();
}

const [role, json] = process.argv.slice(2);
if (process.argv[1] === self) {
  const options = json === undefined ? {} : JSON.parse(json);
  if (role === 'serve') await serve(options.count, options.latencyMs);
  else if (role === 'client') {
    await client(options.name, options.options);
    process.disconnect();
  } else await run();
}
