import type { DuckDBDataChunk } from '@duckdb/node-api';
import { textsOf } from './strings.js';

export type DuckDbBindings = typeof import('@duckdb/node-bindings');

/**
 * Some rows of a result, column by column. No column may hold a NULL: what would stand in its place is anything.
 * What it gives is a copy, and stays when the chunk is gone.
 */
export class Chunk {
  readonly rowCount: number;
  readonly #chunk: DuckDBDataChunk;
  readonly #bindings: Pick<
    DuckDbBindings,
    'data_chunk_get_vector' | 'vector_get_data' | 'get_data_from_pointer'
  >;

  constructor(
    chunk: DuckDBDataChunk,
    bindings: Pick<DuckDbBindings, 'data_chunk_get_vector' | 'vector_get_data' | 'get_data_from_pointer'>,
  ) {
    this.#chunk = chunk;
    this.#bindings = bindings;
    this.rowCount = chunk.rowCount;
  }

  /** Of a column of VARCHAR. */
  texts(column: number): string[] {
    return textsOf(this.#memory(column, 16), this.rowCount, this.#bindings.get_data_from_pointer);
  }

  /** Of a column of DOUBLE. */
  numbers(column: number): Float64Array {
    const { buffer, byteOffset } = this.#memory(column, 8);
    return new Float64Array(buffer, byteOffset, this.rowCount).slice();
  }

  #memory(column: number, valueBytes: number): Uint8Array {
    const { data_chunk_get_vector: vectorOf, vector_get_data: dataOf } = this.#bindings;
    return dataOf(vectorOf(this.#chunk.chunk, column), this.rowCount * valueBytes);
  }
}
