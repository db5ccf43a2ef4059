import { scidex } from './profile-scidex.js';

/** Known installations: defaults for everything that their `salvor.yaml` leaves out. */
export const profiles: Readonly<Record<string, unknown>> = { scidex };
