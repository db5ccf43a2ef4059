import { scidex } from './profile-scidex.js';

/** Profiles of known installations: defaults for keys that `salvor.yaml` leaves out. */
export const profiles: Readonly<Record<string, unknown>> = { scidex };
