export interface DoctorFlags {
  printSql?: true;
  /** Default: the user of registry.url, else `salvor`. */
  role?: string;
}

export interface InitFlags {
  profile?: string;
  queue?: true;
}

export interface PruneFlags {
  /** Milliseconds. */
  olderThan?: number;
  yes?: true;
}

/** What `--status` can be. */
export const RUN_STATES = ['running', 'ok', 'partial', 'findings', 'incomplete', 'interrupted'] as const;

export interface RunsListFlags {
  job?: string;
  scope?: string;
  host?: string;
  status?: (typeof RUN_STATES)[number];
  after?: string;
  limit: number;
}

export interface RunsShowFlags {
  code?: string;
  limit: number;
  after?: string;
}

export interface SystemdFlags {
  after: string;
  out?: string;
  salvor?: string;
  user?: string;
  group?: string;
  environmentFile?: string;
  awsCredentials?: string;
  pgpass?: string;
  watchdogEvery?: string;
}

export interface ForgetFlags {
  job?: string;
  reason?: string;
}
