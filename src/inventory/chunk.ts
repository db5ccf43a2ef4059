import type { DuckDBDataChunk } from '@duckdb/node-api';
import { textsOf } from './strings.js';

export type DuckDbBindings = typeof import('@duckdb/node-bindings');

/**
 * Some rows of a result, column by column. Columns must not contain NULL, because its value in memory is undefined.
 * Values are copied, so they stay valid after the chunk is freed.
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

  /** The values of a VARCHAR column. */
  texts(column: number): string[] {
    return textsOf(this.#memory(column, 16), this.rowCount, this.#bindings.get_data_from_pointer);
  }

  /** The values of a DOUBLE column. */
  numbers(column: number): Float64Array {
    const { buffer, byteOffset } = this.#memory(column, 8);
    return new Float64Array(buffer, byteOffset, this.rowCount).slice();
  }

  #memory(column: number, valueBytes: number): Uint8Array {
    const { data_chunk_get_vector: vectorOf, vector_get_data: dataOf } = this.#bindings;
    return dataOf(vectorOf(this.#chunk.chunk, column), this.rowCount * valueBytes);
  }
}
