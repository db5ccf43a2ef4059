import { type Answer, emptyAnswer, xmlAnswer } from './answer.js';
import type { Call } from './call.js';
import type { Catalog } from './catalog.js';
import { type ListSettings, listObjectsV2 } from './list.js';
import { MemoryCatalog } from './memory-catalog.js';
import { readObject } from './read.js';
import { S3Error } from './s3-error.js';
import { Writes } from './write.js';
import { element } from './xml.js';

export interface World {
  buckets: Map<string, Catalog>;
  settings: ListSettings;
  region: string;
  now: () => number;
}

/** The supported S3 operations; all others are `NotImplemented`. */
export function operations(world: World): (call: Call) => Promise<Answer> {
  const writes = new Writes();
  const table: Record<string, (call: Call) => Answer | Promise<Answer>> = {
    ListBuckets: () => listBuckets(world),
    CreateBucket: (call) => createBucket(world, call),
    DeleteBucket: (call) => deleteBucket(world, call),
    HeadBucket: (call) => {
      catalogOf(world, call);
      return emptyAnswer(200, { 'x-amz-bucket-region': world.region });
    },
    GetBucketLocation: () =>
      xmlAnswer('LocationConstraint', world.region === 'us-east-1' ? '' : world.region),
    GetBucketVersioning: () => xmlAnswer('VersioningConfiguration', ''),
    ListObjectsV2: (call) =>
      listObjectsV2(catalogOf(world, call), call.bucket ?? '', call.query, world.settings),
    GetObject: (call) => readObject(catalogOf(world, call), call),
    HeadObject: (call) => readObject(catalogOf(world, call), call),
    PutObject: (call) => writes.putObject(catalogOf(world, call), call),
    DeleteObject: (call) => writes.deleteObject(catalogOf(world, call), call),
    CreateMultipartUpload: (call) => {
      catalogOf(world, call);
      return writes.create(call);
    },
    UploadPart: (call) => writes.uploadPart(call),
    CompleteMultipartUpload: (call) => writes.complete(catalogOf(world, call), call),
    AbortMultipartUpload: (call) => writes.abort(call),
  };
  return async (call) => {
    const operation = table[call.operation];
    if (operation === undefined)
      throw new S3Error('NotImplemented', `${call.operation} is not implemented here`);
    return operation(call);
  };
}

function catalogOf(world: World, call: Call): Catalog {
  const catalog = world.buckets.get(call.bucket ?? '');
  if (catalog === undefined) {
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
      fields: { BucketName: call.bucket ?? '' },
    });
  }
  return catalog;
}

function listBuckets(world: World): Answer {
  const created = element('CreationDate', new Date(world.now()).toISOString());
  const names = [...world.buckets.keys()].sort();
  const buckets = names.map((name) => `<Bucket>${element('Name', name)}${created}</Bucket>`).join('');
  return xmlAnswer(
    'ListAllMyBucketsResult',
    `<Owner>${element('ID', 'demo')}</Owner><Buckets>${buckets}</Buckets>`,
  );
}

async function createBucket(world: World, call: Call): Promise<Answer> {
  const name = call.bucket ?? '';
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new S3Error('InvalidArgument', 'The specified bucket is not valid.');
  }
  if (world.buckets.has(name)) throw new S3Error('BucketAlreadyOwnedByYou', 'you already own this bucket');
  world.buckets.set(name, new MemoryCatalog(world.now));
  return emptyAnswer(200, { location: `/${name}` });
}

function deleteBucket(world: World, call: Call): Answer {
  if (catalogOf(world, call).length > 0) throw new S3Error('BucketNotEmpty', 'The bucket is not empty');
  world.buckets.delete(call.bucket ?? '');
  return emptyAnswer(204);
}
