import { afterEach, describe, vi } from 'vitest';
import { TarReport } from '../../src/archive/tar/report.js';
import { runProgram } from '../../src/cli/program.js';
import { redUntilFixed } from './scenario.js';
import { build } from './scenarios/indexing.js';
import { tar } from './scenarios/places.js';

afterEach(() => vi.restoreAllMocks());

/** A reader that loses a block: nobody can make an archive that has it do so. */
describe('a fault of the archive reader', () =>
  redUntilFixed({
    'archive.unaccounted': {
      ...build('h/b.tar', (world) => {
        world.program = runProgram;
        tar(world, 'h/b.tar');
        vi.spyOn(TarReport.prototype, 'accountedBytes', 'get').mockReturnValue(512);
      }),
      fixes: () => void vi.restoreAllMocks(),
    },
  }));
