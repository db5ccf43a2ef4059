import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Assets } from './assets.js';
import type { DashboardActions } from './port.js';
import type { Reads } from './reads/all.js';
import type { HostRules } from './security/hosts.js';
import type { TokenRateLimit } from './security/rate-limit.js';
import type { Session, Sessions } from './security/sessions.js';
import type { Tokens } from './security/tokens.js';

/** Who sent a request, and how they authenticated. */
export interface Caller {
  actor: string;
  /** Absent for a program that sends the token with every request. */
  session?: Session;
}

export interface Env {
  Bindings: HttpBindings;
  Variables: { caller: Caller | undefined };
}

export type App = Hono<Env>;

/** The dependencies of the routes. */
export interface Context {
  reads: Reads;
  /** Absent if the dashboard is read-only. */
  actions: DashboardActions | undefined;
  assets: Assets;
  sessions: Sessions;
  tokens: Tokens;
  limit: TokenRateLimit;
  hosts: HostRules;
  version: string;
  hostname: string;
  location: string;
  /** For bugs and server errors; never for invalid requests. */
  log: (line: string) => void;
  /** Aborted when the server closes, to end open streams. */
  closing: AbortSignal;
}
