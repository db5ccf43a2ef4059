import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MemoryCatalog, type S3Server, s3Environment, startTestS3, syntheticCatalog } from '../support/s3.js';

/** The server of the demo and the tests, judged by a client that knows nothing of it. */
const run = promisify(execFile);
/** Nothing of this machine's AWS settings. */
const CLEAN = { PATH: process.env.PATH ?? '', HOME: tmpdir() };
const NAMES = ['plain.tar.gz', 'a b+c%20.txt', 'ümläut 漢字 😀', 'q\'uo"te&<>', 'deep/er/and deeper.bin'];

let server: S3Server;
let directory: string;

function rclone(...args: string[]): Promise<{ stdout: string }> {
  const settings = {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_S_TYPE: 's3',
    RCLONE_CONFIG_S_PROVIDER: 'Other',
    RCLONE_CONFIG_S_LIST_VERSION: '2',
    RCLONE_CONFIG_S_LIST_URL_ENCODE: 'true',
    RCLONE_CONFIG_S_ENV_AUTH: 'true',
    RCLONE_CONFIG_S_ENDPOINT: server.endpoint,
    RCLONE_CONFIG_S_REGION: server.region,
    RCLONE_CONFIG_S_FORCE_PATH_STYLE: 'true',
    // Parts of the least size, so that the large file goes up in several.
    RCLONE_S3_CHUNK_SIZE: '5Mi',
    RCLONE_S3_UPLOAD_CUTOFF: '5Mi',
    RCLONE_RETRIES: '1',
  };
  return run('rclone', args, { env: { ...CLEAN, ...s3Environment(server), ...settings } });
}

beforeAll(async () => {
  server = await startTestS3({
    buckets: {
      many: syntheticCatalog(2345, (index) => `k/${String(index).padStart(5, '0')}`),
      trailing: new MemoryCatalog(),
    },
    emptyLastPage: true,
  });
  directory = await mkdtemp(join(tmpdir(), 'salvor-clients-'));
  const large = Buffer.alloc(12 * 1024 * 1024 + 17, 'large');
  for (const name of [...NAMES, 'large.bin']) {
    const path = join(directory, 'up', name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, name === 'large.bin' ? large : `content of ${name}`);
  }
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

it('rclone makes a bucket, copies files there, also in parts, finds them all unchanged, and copies them back', async () => {
  await rclone('mkdir', 's:from-rclone');
  await rclone('copy', join(directory, 'up'), 's:from-rclone');
  expect(server.counts.get('CompleteMultipartUpload')).toBe(1);
  await rclone('check', '--download', join(directory, 'up'), 's:from-rclone');
  await rclone('copy', 's:from-rclone', join(directory, 'down'));
  for (const name of [...NAMES, 'large.bin']) {
    const [up, down] = await Promise.all(['up', 'down'].map((side) => readFile(join(directory, side, name))));
    expect(down?.equals(up ?? Buffer.alloc(0))).toBe(true);
  }
  expect((await rclone('lsf', 's:')).stdout.split('\n')).toContain('from-rclone/');
});

it('rclone reads ranges, lists over several pages, and deletes', async () => {
  const tail = await rclone('cat', '--offset', '11', '--count', '5', 's:from-rclone/plain.tar.gz');
  expect(tail.stdout).toBe('plain');
  const end = await rclone('cat', '--tail', '6', 's:from-rclone/plain.tar.gz');
  expect(end.stdout).toBe('tar.gz');
  const listed = await rclone('lsf', '-R', '--files-only', 's:many');
  expect(listed.stdout.trim().split('\n')).toHaveLength(2345);
  await rclone('delete', 's:from-rclone');
  await rclone('rmdir', 's:from-rclone');
  expect(server.buckets.has('from-rclone')).toBe(false);
});

it('rclone with a wrong secret is refused', async () => {
  const environment = { ...CLEAN, ...s3Environment(server), AWS_SECRET_ACCESS_KEY: 'wrong' };
  const remote = `:s3,provider=Other,list_version=2,env_auth=true,endpoint="${server.endpoint}",region=us-east-1:many`;
  const refused = run('rclone', ['lsf', '--retries', '1', '--low-level-retries', '1', remote], {
    env: { ...environment, RCLONE_CONFIG: '/dev/null' },
  });
  await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('SignatureDoesNotMatch') });
});
