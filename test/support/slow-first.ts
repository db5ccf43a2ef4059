import { relative, resolve } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = resolve(import.meta.dirname, '../..');

/** Folders and files whose tests take longest, most of it waiting for processes: where one of them is last, all wait for it. */
const SLOW = /^test\/(crash|cli\/(demo|worker)|queue|ledger)/;

/** Starts slow files first; otherwise the order of Vitest, which knows how long files took where they ran before. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification): string =>
      // Those of one project stay together, because they share processes.
      `${project.name} ${SLOW.test(relative(root, moduleId)) ? 0 : 1}`;
    return (await super.sort(files)).sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
  }
}
