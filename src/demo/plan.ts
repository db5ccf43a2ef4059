/** One archive of the demo world, and what is the matter with it. */
export interface PlannedArchive {
  key: string;
  /** How old it is, in hours before the demo starts. */
  ageHours: number;
  listing: 'good' | 'none' | 'empty' | 'stale';
}

export interface DemoPlan {
  archives: PlannedArchive[];
  /** Objects next to the archives, with their content. */
  others: { key: string; content: string; ageHours: number }[];
  canary: string;
  /** What is older than this was made before listings were written. */
  since: string;
  allowlist: string[];
}

const HOUR_MS = 3_600_000;
const HOSTS = ['atlas', 'borealis'] as const;
const SERIES = ['artifacts', 'database', 'home'] as const;
const DAYS = 10;
/** The nightly backup. Whole days apart, or two backups of a series could get one name: the date is all of it. */
const NEWEST_HOURS = 2;
/** One that is too young to be judged. */
const FRESH_HOURS = 0.3;

/**
 * Two hosts, three series each, a backup a day for ten days: some 60 archives. Planted: two listings that were never
 * written, one that is empty, one older than its archive, an archive fresh enough to wait for, the backlog from
 * before listings (by date, and one by name), a series that stopped two days ago, an encrypted archive that nobody
 * can list, and a listing without its archive.
 */
export function demoPlan(now: Date): DemoPlan {
  const archives = HOSTS.flatMap((host) =>
    SERIES.flatMap((series) =>
      Array.from({ length: DAYS }, (_, day): PlannedArchive => {
        const fresh = day === 0 && host === 'atlas' && series === 'home';
        const ageHours = fresh ? FRESH_HOURS : day * 24 + NEWEST_HOURS;
        const key = `backups/${host}/${series}-${dateOf(now, ageHours)}.tar.gz`;
        return { key, ageHours, listing: listingOf(host, series, day) };
      }),
    ),
  ).filter((archive) => !stopped(archive));
  const canary = 'backups/atlas/canary-without-listing.tar.gz';
  return {
    archives,
    canary,
    since: dateOf(now, 7 * 24 + NEWEST_HOURS),
    allowlist: [`backups/borealis/home-${dateOf(now, 5 * 24 + NEWEST_HOURS)}.tar.gz`],
    others: [
      { key: 'backups/atlas/README.txt', content: 'Nightly backups.\n', ageHours: 900 },
      { key: `backups/borealis/vault-${dateOf(now, 26)}.tar.gz.gpg`, content: 'not readable', ageHours: 26 },
      {
        key: `backups/atlas/home-${dateOf(now, 40 * 24)}.tar.gz.list.txt`,
        content: 'home/a\n',
        ageHours: 960,
      },
    ],
  };
}

function listingOf(host: string, series: string, day: number): PlannedArchive['listing'] {
  if (day >= 8) return 'none';
  if (host === 'atlas' && series === 'home' && day === 0) return 'none';
  if (host === 'atlas' && series === 'database' && day === 3) return 'none';
  if (host === 'borealis' && series === 'home' && day === 1) return 'none';
  if (host === 'borealis' && series === 'home' && day === 5) return 'none';
  if (host === 'atlas' && series === 'home' && day === 2) return 'empty';
  if (host === 'borealis' && series === 'artifacts' && day === 4) return 'stale';
  return 'good';
}

/** The database of borealis was last backed up two days ago. */
function stopped(archive: PlannedArchive): boolean {
  return archive.key.includes('borealis/database') && archive.ageHours < 48;
}

function dateOf(now: Date, ageHours: number): string {
  return new Date(now.getTime() - ageHours * HOUR_MS).toISOString().slice(0, 10);
}
