import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

const run = promisify(execFile);

export interface CephGateway {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  createBucket(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Enough for the tests' objects; the file is sparse. */
const DISK_BYTES = 2 * 1024 ** 3;
const PATIENCE_MS = 60_000;

/** A Ceph cluster of one monitor, manager and disk with an S3 gateway on loopback: some seconds, and no systemd. */
export async function startCephGateway(): Promise<CephGateway> {
  const directory = await mkdtemp(join(tmpdir(), 'salvor-ceph-'));
  const daemons: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const daemon of daemons.reverse()) await ended(daemon);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const credentials = { accessKeyId: 'salvortest', secretAccessKey: randomUUID() };
    const port = await begin(directory, daemons, credentials);
    const endpoint = `http://127.0.0.1:${port}`;
    const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
    await answering(endpoint);
    const createBucket = async (name: string): Promise<void> => {
      await client.send(new CreateBucketCommand({ Bucket: name }));
    };
    return { endpoint, credentials, createBucket, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function begin(
  directory: string,
  daemons: ChildProcess[],
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<number> {
  const [monPort, port] = [await freePort(), await freePort()];
  const config = join(directory, 'ceph.conf');
  const fsid = randomUUID();
  for (const name of ['mon', 'mgr', 'osd', 'rgw', 'run']) await mkdir(join(directory, name));
  await writeFile(config, configuration(directory, fsid, monPort, port));
  await makeKeyring(join(directory, 'keyring'));
  const monmap = join(directory, 'monmap');
  await run('monmaptool', ['--create', '--addv', 'a', `[v2:127.0.0.1:${monPort}]`, '--fsid', fsid, monmap]);
  const keyring = join(directory, 'keyring');
  await run('ceph-mon', ['-c', config, '--mkfs', '-i', 'a', '--monmap', monmap, '--keyring', keyring]);
  const daemon = async (program: string, ...args: string[]): Promise<void> => {
    const log = await open(join(directory, `${program}.out`), 'w');
    daemons.push(spawn(program, ['-c', config, ...args, '-f'], { stdio: ['ignore', log.fd, log.fd] }));
    await log.close();
  };
  await daemon('ceph-mon', '-i', 'a');
  await daemon('ceph-mgr', '-i', 'x');
  const uuid = randomUUID();
  await run('ceph', ['-c', config, 'osd', 'new', uuid, '0'], { timeout: PATIENCE_MS });
  await run('ceph-osd', ['-c', config, '-i', '0', '--mkfs', '--osd-uuid', uuid]);
  await daemon('ceph-osd', '-i', '0');
  await daemon('radosgw', '-n', 'client.rgw');
  const user = [
    'user',
    'create',
    '--uid=test',
    '--display-name=test',
    `--access-key=${credentials.accessKeyId}`,
  ];
  const secret = `--secret-key=${credentials.secretAccessKey}`;
  await run('radosgw-admin', ['-c', config, ...user, secret], { timeout: PATIENCE_MS });
  return port;
}

function configuration(directory: string, fsid: string, monPort: number, port: number): string {
  return `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${monPort}]
public addr = 127.0.0.1
run dir = ${directory}/run
crash dir = ${directory}/run
admin socket = ${directory}/run/$name.asok
pid file = ${directory}/run/$name.pid
log file = ${directory}/$name.log
keyring = ${directory}/keyring
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon data avail crit = 1
mon data avail warn = 2
[mon.a]
mon data = ${directory}/mon
[mgr.x]
mgr data = ${directory}/mgr
[osd.0]
osd data = ${directory}/osd
osd objectstore = bluestore
bluestore block size = ${DISK_BYTES}
bluestore block create = true
[client.rgw]
rgw data = ${directory}/rgw
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw max listing results = 1000
`;
}

async function makeKeyring(path: string): Promise<void> {
  const users: Record<string, Record<string, string>> = {
    'mon.': { mon: 'allow *' },
    'client.admin': { mon: 'allow *', osd: 'allow *', mgr: 'allow *' },
    'mgr.x': { mon: 'allow profile mgr', osd: 'allow *' },
    'osd.0': { mon: 'allow profile osd', mgr: 'allow profile osd', osd: 'allow *' },
    'client.rgw': { mon: 'allow rw', osd: 'allow rwx', mgr: 'allow rw' },
  };
  await run('ceph-authtool', ['--create-keyring', path]);
  for (const [name, capabilities] of Object.entries(users)) {
    const caps = Object.entries(capabilities).flatMap(([service, may]) => ['--cap', service, may]);
    await run('ceph-authtool', [path, '--gen-key', '-n', name, ...caps]);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function answering(endpoint: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      if ((await fetch(endpoint)).ok) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function ended(daemon: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) {
      resolve();
      return;
    }
    daemon.once('exit', () => resolve());
    // Nothing of this cluster is kept, so nothing need be put in order.
    daemon.kill('SIGKILL');
  });
}
