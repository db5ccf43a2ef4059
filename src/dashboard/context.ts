import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Assets } from './assets.js';
import type { DashboardActions } from './port.js';
import type { Reads } from './reads/all.js';
import type { HostRules } from './security/hosts.js';
import type { TokenRateLimit } from './security/rate-limit.js';
import type { Session, Sessions } from './security/sessions.js';
import type { Tokens } from './security/tokens.js';

/** Who sends a request, and how that is known. */
export interface Caller {
  actor: string;
  /** Absent for a program that sends the token itself with every request. */
  session?: Session;
}

export interface Env {
  Bindings: HttpBindings;
  Variables: { caller: Caller | undefined };
}

export type App = Hono<Env>;

/** What the routes work with. */
export interface Context {
  reads: Reads;
  /** Absent: read-only. */
  actions: DashboardActions | undefined;
  assets: Assets;
  sessions: Sessions;
  tokens: Tokens;
  limit: TokenRateLimit;
  hosts: HostRules;
  version: string;
  hostname: string;
  location: string;
  /** For an error that is a bug or a broken world; never for what a request did wrong. */
  log: (line: string) => void;
  /** Aborted when the server closes: streams end then. */
  closing: AbortSignal;
}
