import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js';
import type { CoverageMap } from 'istanbul-lib-coverage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { salvor } from './support/cli.js';
import { type CoveredFile, coverageProblems, leastCovered } from './support/coverage/gate.js';
import { ProgramCoverage } from './support/coverage/program-coverage.js';

const root = join(import.meta.dirname, '..');

describe('what a process of the command line ran', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'salvor-coverage-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is mapped back to the functions of its sources', async () => {
    await salvor(['--version'], { env: { NODE_V8_COVERAGE: directory } });
    await salvor(['--version'], { env: { NODE_V8_COVERAGE: directory } });
    const program = new ProgramCoverage(directory);
    program.collect();
    const guard = await functionsOf(program, join(root, 'src/cli/guard.ts'));
    expect(guard).toMatchObject({ guardProcess: 2, answer: 2, die: 0, described: 0 });
  });

  it('is removed once it is added up, except a file that is still being written', async () => {
    await salvor(['--version'], { env: { NODE_V8_COVERAGE: directory } });
    writeFileSync(join(directory, 'half.json'), '{"result":[{"scriptId":"1"}');
    const program = new ProgramCoverage(directory);
    program.collect();
    expect(readdirSync(directory)).toEqual(['half.json']);
    expect(await functionsOf(program, join(root, 'src/cli/guard.ts'))).toMatchObject({ guardProcess: 1 });
  });
});

async function functionsOf(program: ProgramCoverage, wanted: string): Promise<Record<string, number>> {
  const map: CoverageMap = new V8CoverageProvider().createCoverageMap();
  await program.addTo(map, (file) => file === wanted);
  expect(map.files()).toEqual([wanted]);
  const { fnMap, f } = map.fileCoverageFor(wanted);
  return Object.fromEntries(Object.entries(fnMap).map(([id, { name }]) => [name, f[id] ?? 0]));
}

describe('the gate', () => {
  const file = (path: string, lines: [number, number], branches: [number, number] = [0, 0]): CoveredFile => ({
    path: join(root, path),
    summary: {
      lines: { covered: lines[0], total: lines[1] },
      branches: { covered: branches[0], total: branches[1] },
    },
  });
  const rooms = { 'src/core': { lines: 90, branches: 80 } };
  const everyFile = { lines: 50, branches: 0 };
  const problems = (...files: CoveredFile[]): string[] => coverageProblems(files, rooms, everyFile);

  it('is passed at the limits', () => {
    expect(problems(file('src/core/a.ts', [90, 100], [8, 10]), file('src/cli/b.ts', [1, 2]))).toEqual([]);
  });

  it('names a room below its limit, and the files of it with the most lines that nothing runs', () => {
    expect(
      problems(
        file('src/core/a.ts', [89, 100]),
        file('src/core/b.ts', [10, 12]),
        file('src/core/c.ts', [5, 5]),
      ),
    ).toEqual([
      'src/core: tests run 88.9 % of the lines, and must run 90 %; least covered:\n' +
        '  src/core/a.ts: 11 lines are not run (89.0 % of lines, 100.0 % of branches)\n' +
        '  src/core/b.ts: 2 lines are not run (83.3 % of lines, 100.0 % of branches)',
    ]);
    expect(problems(file('src/core/a.ts', [99, 100], [7, 10]))).toEqual([
      expect.stringContaining('src/core: tests run 70.0 % of the branches, and must run 80 %'),
    ]);
  });

  it('names a single file that no test runs, in a room without a limit too', () => {
    expect(problems(file('src/core/a.ts', [9, 10]), file('src/new/b.ts', [4, 10]))).toEqual([
      'src/new/b.ts: tests run 40.0 % of the lines, and must run 50 %: add a test that runs it',
    ]);
  });

  it('names a room that was renamed, instead of passing it', () => {
    expect(problems(file('src/kernel/a.ts', [10, 10]))).toEqual([
      'src/core has a limit but no file: correct test/support/coverage/gate.ts',
    ]);
  });

  it('counts files without lines, which have only types, as covered', () => {
    expect(problems(file('src/core/port.ts', [0, 0]))).toEqual([]);
    expect(leastCovered([file('src/core/port.ts', [0, 0])])).toBe('');
  });
});
