import { expect, it } from 'vitest';
import { PARTS_JOBS } from '../../../src/core/parts-jobs.js';
import { partialText } from '../../../src/jobs/checksums/report/partial-progress.js';

const progress = {
  files: 1,
  done_bytes: 2.1e12,
  total_bytes: 3.4e12,
  remaining_bytes: 1.3e12,
  last_run_bytes: 0.5e12,
  last_run_at: '2026-05-19T06:00:00.000Z',
  runs_left: 3,
};

it('says how much of the files is read, and about how many runs are left', () => {
  expect(partialText(progress)).toBe('1 file read in parts: 2.10 TB of 3.40 TB done, about 3 more runs');
  expect(partialText({ ...progress, files: 2, runs_left: 1 })).toBe(
    '2 files read in parts: 2.10 TB of 3.40 TB done, about 1 more run',
  );
});

it('promises nothing where the last run read nothing, and has the words of each job', () => {
  const still = { ...progress, runs_left: null };
  expect(partialText(still, PARTS_JOBS['listings check'])).toBe(
    '1 archive checked in parts: 2.10 TB of 3.40 TB done',
  );
  expect(partialText(still, PARTS_JOBS['recovery drill'])).toBe(
    '1 artifact restored in parts: 2.10 TB of 3.40 TB done',
  );
});
