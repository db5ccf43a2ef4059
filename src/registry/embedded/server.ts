import type { Address } from '../target.js';

/** A running embedded server, as one user of it holds it. */
export interface EmbeddedServer {
  readonly address: Address;
  /** Starts the server again if it is gone. */
  revive(): Promise<void>;
  /** Stops the server if nobody else uses it. */
  close(): Promise<void>;
}
export async function openEmbedded(_directory: string): Promise<EmbeddedServer> {
  throw new Error('being written');
}
