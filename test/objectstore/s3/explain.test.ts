import { beforeEach, expect, it } from 'vitest';
import { endpointText } from '../../../src/objectstore/endpoint.js';

beforeEach(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret-key' });
});

it('names the address of a bucket, and which setting each part comes from', async () => {
  const text = await endpointText('s3://bucket/backups/', {
    endpointUrl: 'http://127.0.0.1:9000',
    region: 'eu-central-1',
    pathStyle: true,
  });
  expect(text).toMatch(
    /^endpoint http:\/\/127\.0\.0\.1:9000 \(.+\), region eu-central-1 \(.+\), path style \(.+\), no proxy$/,
  );
});

it('says which proxy is used, without its password', async () => {
  process.env.HTTP_PROXY = 'http://user:secret@proxy.example:3128';
  const text = await endpointText('s3://bucket/', { endpointUrl: 'http://s3.example', region: 'us-east-1' });
  expect(text).toContain('proxy http://proxy.example:3128 (HTTP_PROXY)');
  expect(text).not.toContain('secret');
});

it('a directory has no address', async () => {
  expect(await endpointText('file:///mnt/backups/', {})).toBeUndefined();
});
