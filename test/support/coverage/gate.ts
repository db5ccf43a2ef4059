import { relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** Percent of lines and of branches. */
interface Share {
  lines: number;
  branches: number;
}

/**
 * What the tests must run of each room, at least. Two and three percent below what they ran when it was set: a process
 * that is killed writes no coverage, and tests kill some at random. Raise a number when it has grown. `src/decompress`
 * has none: most of it runs in `test/debian`.
 */
const ROOMS: Readonly<Record<string, Share>> = {
  'src/': { lines: 93, branches: 82 },
  'src/archive/': { lines: 94, branches: 83 },
  'src/cli/': { lines: 89, branches: 76 },
  'src/core/': { lines: 97, branches: 90 },
  'src/dashboard/': { lines: 96, branches: 84 },
  'src/events/': { lines: 98, branches: 89 },
  'src/files/': { lines: 95, branches: 86 },
  'src/health/': { lines: 97, branches: 90 },
  'src/inventory/': { lines: 94, branches: 83 },
  'src/jobs/checksums/': { lines: 95, branches: 86 },
  'src/jobs/drill/': { lines: 93, branches: 79 },
  'src/jobs/indexing/': { lines: 94, branches: 80 },
  'src/jobs/listings/': { lines: 97, branches: 92 },
  'src/jobs/recovery/': { lines: 93, branches: 81 },
  'src/objectstore/': { lines: 92, branches: 79 },
  'src/queue/': { lines: 93, branches: 85 },
  'src/registry/': { lines: 94, branches: 84 },
  'src/sources/': { lines: 93, branches: 81 },
};

/** What they must run of every single file: one that no test runs at all is named, however large its room is. */
const EVERY_FILE: Share = { lines: 1, branches: 0 };

interface Count {
  total: number;
  covered: number;
}

/** One source file. */
export interface CoveredFile {
  path: string;
  summary: { lines: Count; branches: Count };
}

/** What is below its limit, with the files that have to do with it: one text each. Empty where nothing is. */
export function coverageProblems(
  files: readonly CoveredFile[],
  rooms: Readonly<Record<string, Share>> = ROOMS,
  everyFile: Share = EVERY_FILE,
): string[] {
  const ofRooms = Object.entries(rooms).flatMap(([room, least]) => {
    const inside = files.filter(({ path }) => relative(root, path).startsWith(room));
    if (inside.length === 0)
      return [`${room} has a limit but no file: correct test/support/coverage/gate.ts`];
    return shortfalls(inside, least).map(
      (what) => `${room}: ${what}; least covered:\n${leastCovered(inside, 5)}`,
    );
  });
  const ofFiles = files.flatMap((file) =>
    shortfalls([file], everyFile).map(
      (what) => `${relative(root, file.path)}: ${what}: add a test that runs it`,
    ),
  );
  return [...ofRooms, ...ofFiles];
}

function shortfalls(files: readonly CoveredFile[], least: Share): string[] {
  return (['lines', 'branches'] as const).flatMap((what) => {
    const percent = percentOf(files, what);
    return percent < least[what]
      ? [`tests run ${percent.toFixed(1)} % of the ${what}, and must run ${least[what]} %`]
      : [];
  });
}

function percentOf(files: readonly CoveredFile[], what: keyof Share): number {
  const sum = (count: keyof Count): number =>
    files.reduce((all, { summary }) => all + summary[what][count], 0);
  return sum('total') === 0 ? 100 : (100 * sum('covered')) / sum('total');
}

/** The files with the most lines that no test runs, one per line. */
export function leastCovered(files: readonly CoveredFile[], most = 20): string {
  return files
    .map((file) => ({ file, missed: file.summary.lines.total - file.summary.lines.covered }))
    .filter(({ missed }) => missed > 0)
    .sort((a, b) => b.missed - a.missed || (a.file.path < b.file.path ? -1 : 1))
    .slice(0, most)
    .map(({ file, missed }) => {
      const shares = `${percentOf([file], 'lines').toFixed(1)} % of lines, ${percentOf([file], 'branches').toFixed(1)} % of branches`;
      return `  ${relative(root, file.path)}: ${missed} lines are not run (${shares})`;
    })
    .join('\n');
}
