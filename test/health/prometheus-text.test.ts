import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diedEvent, endedEvent, startedEvent } from '../../src/health/event.js';
import { advance } from '../../src/health/prometheus-state.js';
import { prometheusText, type SeriesState } from '../../src/health/prometheus-text.js';
import { ended, NOW, runIdentity, running } from './samples.js';

function stateAfter(...events: Parameters<typeof advance>[1][]): SeriesState {
  const last = events.reduce<SeriesState | undefined>((state, event) => advance(state, event), undefined);
  if (last === undefined) throw new Error('no events');
  return last;
}

const LABELS = 'check="listings verify",scope="s3://scope/backups/",host="host-a"';

describe('prometheusText', () => {
  it('reports the last state, its time and its counts', () => {
    const text = prometheusText([
      stateAfter(
        running(),
        ended({ status: 'findings', exitCode: 1, summary: { missing: 3, partitions: [1] } }),
      ),
    ]);
    expect(text).toContain(`salvor_run_status{${LABELS},status="findings"} 1\n`);
    expect(text).toContain(`salvor_run_status{${LABELS},status="ok"} 0\n`);
    expect(text).toContain(`salvor_run_exit_code{${LABELS}} 1\n`);
    expect(text).toContain(`salvor_run_finished_timestamp_seconds{${LABELS}} ${NOW.getTime() / 1000}\n`);
    expect(text).toContain(`salvor_run_duration_seconds{${LABELS}} 60\n`);
    expect(text).toContain(`salvor_runs_total{${LABELS},status="findings"} 1\n`);
    expect(text).toContain(`salvor_summary{${LABELS},count="missing"} 3\n`);
    expect(text).not.toContain('count="partitions"');
    expect(text).not.toContain('salvor_run_success_timestamp_seconds');
  });

  it('names and types every metric once, before its samples', () => {
    const states = [stateAfter(ended()), stateAfter(ended({}, { scope: 's3://other/' }))];
    const lines = prometheusText(states).split('\n');
    const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
    expect(new Set(families).size).toBe(families.length);
    let current = '';
    for (const line of lines.filter((one) => one !== '')) {
      if (line.startsWith('# TYPE ')) current = line.split(' ')[2] ?? '';
      else if (!line.startsWith('# HELP ')) expect(line.startsWith(`${current}{`)).toBe(true);
    }
  });

  it('keeps any label value complete, and on its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (scope) => {
        const text = prometheusText([stateAfter(running({ scope }))]);
        const sample = text.split('\n').find((line) => line.startsWith('salvor_run_started'));
        const match = /scope="((?:[^"\\\n]|\\[\\"n])*)"/.exec(sample ?? '');
        const read = match?.[1]?.replace(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
        expect(read).toBe(scope);
      }),
    );
  });
});

describe('advance', () => {
  it('keeps the exit code and counts of the previous run while the next is in progress', () => {
    const next = new Date(NOW.getTime() + 60_000);
    const state = stateAfter(ended({ status: 'findings', exitCode: 1 }), running({ startedAt: next }));
    expect(state).toMatchObject({ status: 'running', last: { exitCode: 1, counts: { missing: 0 } } });
  });

  it('keeps the time of the last success through all later failures', () => {
    const later = { finishedAt: new Date(NOW.getTime() + 1000), status: 'incomplete', exitCode: 3 } as const;
    expect(stateAfter(ended(), ended(later))).toMatchObject({
      succeededAtMs: NOW.getTime(),
      last: { exitCode: 3 },
      ended: { ok: 1, incomplete: 1 },
    });
  });

  it('does not let the end of an old, dead run hide the run in progress', () => {
    const old = runIdentity({ startedAt: new Date(NOW.getTime() - 86_400_000) });
    const current = startedEvent(runIdentity(), NOW);
    const died = diedEvent(
      {
        ...old,
        options: {},
        status: 'incomplete',
        exitCode: null,
        qualifying: true,
        heartbeatAt: old.startedAt,
        finishedAt: NOW,
        summary: null,
        failures: [],
        ledgerScope: 's',
      },
      NOW,
    );
    expect(stateAfter(current, died)).toMatchObject({ status: 'running', ended: { incomplete: 1 } });
  });

  it('has the counts of the run that ended last, in whatever order the events arrive', () => {
    const early = endedEvent(
      runIdentity(),
      { status: 'ok', exitCode: 0, summary: { n: 1 }, finishedAt: new Date(0) },
      NOW,
    );
    expect(stateAfter(ended({ summary: { n: 2 } }), early)).toMatchObject({ last: { counts: { n: 2 } } });
  });
});
