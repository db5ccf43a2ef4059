import type { VerifyOptions } from './options.js';
import type { VerifyOutcome, VerifyPorts } from './ports.js';

/** Verifies that every archive of every target has its listing. */
export async function verifyListings(_options: VerifyOptions, _ports: VerifyPorts): Promise<VerifyOutcome> {
  throw new Error('not built yet');
}
