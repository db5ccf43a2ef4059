import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from '@vitest/coverage-v8';
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js';
import type { CoverageMap } from 'istanbul-lib-coverage';
import type { CoverageProviderModule, ReportContext } from 'vitest/node';
import { type CoveredFile, coverageProblems, leastCovered } from './gate.js';
import { PROGRAM_COVERAGE, ProgramCoverage } from './program-coverage.js';

/** Files of tests share a process; what each has run is a file of its own. */
let taken = 0;

/**
 * Vitest's coverage by V8, which sees only the processes of the tests, together with that of everything they start: the
 * command line, its workers and its threads. Node writes theirs into one directory.
 */
const provider: CoverageProviderModule = {
  ...v8,
  async startCoverage(options) {
    // Node copies it to every child process and thread, whatever environment they are given.
    process.env.NODE_V8_COVERAGE = PROGRAM_COVERAGE;
    await v8.startCoverage?.(options);
  },
  async takeCoverage(options) {
    const { result } = ((await v8.takeCoverage?.(options)) ?? { result: [] }) as {
      result: { url: string }[];
    };
    // Tests that run commands in their own process load the built program, not the sources.
    const program = result.filter(isProgram);
    taken += 1;
    const file = join(PROGRAM_COVERAGE, `test-${process.pid}-${taken}.json`);
    if (program.length > 0) writeFileSync(file, JSON.stringify({ result: program }));
    return { result: result.filter((script) => !isProgram(script)) };
  },
  getProvider: async () => new WholeCoverage(),
};

function isProgram({ url }: { url: string }): boolean {
  return fileURLToPath(url).includes('/dist/');
}

class WholeCoverage extends V8CoverageProvider {
  readonly #program = new ProgramCoverage();

  /** The processes of the tests load this module too, not the one that it extends. */
  override resolveOptions(): ReturnType<V8CoverageProvider['resolveOptions']> {
    return { ...super.resolveOptions(), provider: 'custom' } as ReturnType<
      V8CoverageProvider['resolveOptions']
    >;
  }

  override async clean(clean?: boolean): Promise<void> {
    await super.clean(clean);
    mkdirSync(PROGRAM_COVERAGE, { recursive: true });
  }

  /** After each test file, so that what hundreds of commands write does not fill the disk. */
  override onAfterSuiteRun(...meta: Parameters<V8CoverageProvider['onAfterSuiteRun']>): void {
    super.onAfterSuiteRun(...meta);
    this.#program.collect();
  }

  override async generateCoverage(context: ReportContext): Promise<CoverageMap> {
    const map = await super.generateCoverage(context);
    this.#program.collect();
    await this.#program.addTo(map, (file) => this.isIncluded(file));
    return map;
  }

  override async generateReports(map: CoverageMap): Promise<void> {
    await super.generateReports(map);
    const files: CoveredFile[] = map
      .files()
      .map((path: string) => ({ path, summary: map.fileCoverageFor(path).toSummary().data }));
    this.ctx.logger.log(`\nLines that no test runs:\n${leastCovered(files)}`);
    const all = await this.ctx.globTestSpecifications();
    // Some of the tests run only some of the sources.
    const problems = this.ctx.state.getFiles().length < all.length ? [] : coverageProblems(files);
    for (const problem of problems) this.ctx.logger.error(problem);
    writeFileSync(
      join(this.options.reportsDirectory, 'problems.txt'),
      problems.map((one) => `${one}\n`).join(''),
    );
    if (problems.length > 0) process.exitCode = 1;
  }
}

export default provider;
