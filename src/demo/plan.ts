/** One archive of the demo, with its planted fault. */
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
  /** Archives older than this date were made before listings existed. */
  since: string;
  allowlist: string[];
}

const HOUR_MS = 3_600_000;
const HOSTS = ['atlas', 'borealis'] as const;
const SERIES = ['artifacts', 'database', 'home'] as const;
const DAYS = 10;
/** Age of the newest nightly backup. The backups are whole days apart, because their names contain only the date. */
const NEWEST_HOURS = 2;
/** Age of an archive that is still within its grace period. */
const FRESH_HOURS = 0.3;

/**
 * Two hosts with three series each and daily backups for ten days: about 60 archives. Planted faults: two missing
 * listings, an empty one, one older than its archive, an archive within its grace period, archives from before listings
 * existed (exempt by date, and one by name), a series that stopped two days ago, an encrypted archive, and a listing
 * without an archive.
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

/** The series that stopped: the database of borealis was last backed up two days ago. */
function stopped(archive: PlannedArchive): boolean {
  return archive.key.includes('borealis/database') && archive.ageHours < 48;
}

function dateOf(now: Date, ageHours: number): string {
  return new Date(now.getTime() - ageHours * HOUR_MS).toISOString().slice(0, 10);
}
