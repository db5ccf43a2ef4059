import { availableParallelism } from 'node:os';
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { Failure } from '../core/failure.js';
import { printable } from '../core/printable.js';
import { Chunk, type DuckDbBindings } from './chunk.js';
import { noSpace } from './download.js';
import { quoted } from './query.js';

/** Memory for sorting. With DuckDB itself, Node and the job the total stays below 600 MB. */
const MEMORY_LIMIT = '300MB';
/** One block of every sorted run is in memory while runs are merged, so small blocks allow more runs. */
const BLOCK_BYTES = 64 << 10;
/** Each thread has buffers of its own in that memory. */
const MAX_THREADS = 2;
const MESSAGE_LENGTH = 300;

/** DuckDB over the files of one directory. Data that does not fit into memory is sorted on disk in that directory. */
export class InventoryDatabase {
  readonly #instance: DuckDBInstance;
  readonly #bindings: DuckDbBindings;

  private constructor(instance: DuckDBInstance, bindings: DuckDbBindings) {
    this.#instance = instance;
    this.#bindings = bindings;
  }

  /** The database can read and write only in `directory`. @throws Failure `inventory.no_duckdb` */
  static async open(
    directory: string,
    load: () => Promise<DuckDbModule> = loadDuckDb,
  ): Promise<InventoryDatabase> {
    const { DuckDBInstance, bindings } = await installed(load);
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: MEMORY_LIMIT,
      threads: String(Math.min(MAX_THREADS, availableParallelism())),
      default_block_size: String(BLOCK_BYTES),
      temp_directory: `${directory}/sort`,
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run(`SET allowed_directories = [${quoted(`${directory}/`)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    connection.closeSync();
    return new InventoryDatabase(instance, bindings);
  }

  /**
   * Streams the rows of a query in chunks. Nothing is kept in memory. It ends when the reader stops or on `signal`. A
   * failure before the first row is thrown. A later failure may look like the end of the rows, so the caller must be able
   * to recognize the last row.
   * @throws Failure `inventory.corrupt`, `inventory.memory`, `inventory.no_space`; the signal's reason
   */
  async *query(sql: string, values: string[], signal?: AbortSignal): AsyncIterable<Chunk> {
    signal?.throwIfAborted();
    const connection = await this.#instance.connect();
    const interrupt = (): void => connection.interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      for await (const chunk of chunksOf(connection, sql, values)) {
        yield new Chunk(chunk, this.#bindings);
        // Otherwise its texts stay until garbage collection, which does not know about memory outside the heap.
        chunk.reset();
      }
      signal?.throwIfAborted();
    } catch (error) {
      signal?.throwIfAborted();
      throw asFailure(error);
    } finally {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/** Fetches the next chunk on another thread while the previous one is processed. */
async function* chunksOf(
  connection: DuckDBConnection,
  sql: string,
  values: string[],
): AsyncIterable<DuckDBDataChunk> {
  const result = await connection.stream(sql, values);
  let next = result.fetchChunk();
  try {
    for (;;) {
      const chunk = await next;
      if (chunk === null || chunk.rowCount === 0) return;
      next = result.fetchChunk();
      yield chunk;
    }
  } finally {
    // The connection may be closed only when no operation is pending.
    await next.catch(() => null);
  }
}

type DuckDbModule = Pick<typeof import('@duckdb/node-api'), 'DuckDBInstance'> & { bindings: DuckDbBindings };

async function loadDuckDb(): Promise<DuckDbModule> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const { default: bindings } = await import('@duckdb/node-bindings');
  return { DuckDBInstance, bindings };
}

async function installed(load: () => Promise<DuckDbModule>): Promise<DuckDbModule> {
  try {
    return await load();
  } catch (error) {
    throw new Failure('inventory.no_duckdb', 'DuckDB, which reads inventories, is not installed here', {
      hint: 'run `npm install @duckdb/node-api@1.5.4-r.1` where salvor is installed, or list the bucket instead',
      cause: error,
    });
  }
}

/** Converts DuckDB errors by their kind, which starts the message. Bugs are returned unchanged. */
function asFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const message = printable(error.message.split('\n')[0] ?? '').slice(0, MESSAGE_LENGTH);
  if (/no space left|max_temp_directory_size|failed to offload/i.test(error.message)) return noSpace(message);
  if (error.message.startsWith('Out of Memory Error')) {
    return new Failure('inventory.memory', `the inventory could not be sorted: ${message}`, {
      hint: 'verify parts of the bucket, one url at a time',
      cause: error,
    });
  }
  if (/^(Invalid Input|Conversion|IO|Binder|Invalid|Out of Range) Error/.test(error.message)) {
    return new Failure('inventory.corrupt', `the data files do not match the manifest's schema: ${message}`, {
      hint: 'wait for the next inventory, or list the bucket instead',
      cause: error,
    });
  }
  return error;
}
