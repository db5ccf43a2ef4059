import type { DriftRow } from '../../../api/drift.js';
import type { Page } from '../../../api/session.js';
import { useLoad } from '../../load.js';
import { address, parameter } from '../../router.js';
import { Choices, ExactFilters } from '../../ui/filters.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { PageFrame } from '../page.js';
import { DriftQueue } from './queue.js';

/** The queue of files that differ from their records. */
export function Drift() {
  const state = parameter('state') ?? 'open';
  const query = {
    state: state === 'all' ? undefined : state,
    class: parameter('class'),
    type: parameter('type'),
    after: parameter('after'),
  };
  const page = useLoad<Page<DriftRow>>(address('/api/drift', query));
  return (
    <PageFrame
      title="Drift"
      lead="Files whose content differs from the recorded digest. A second read confirmed each difference."
    >
      <section class="card" aria-label="Drift queue">
        <div class="filters">
          <Choices
            name="state"
            label="State"
            choices={['open', 'accepted', 'rejected', 'returned', 'superseded', 'all'].map((value) => ({
              value,
              text: value,
            }))}
          />
          <Choices
            name="class"
            label="Class"
            choices={[
              { value: '', text: 'all classes' },
              ...['corrupt', 'rewritten', 'unknown', 'recorded'].map((value) => ({ value, text: value })),
            ]}
          />
          <ExactFilters fields={[{ name: 'type', label: 'Artifact type', placeholder: 'dataset' }]} />
        </div>
        <LoadedView of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Nothing state={state} />
            ) : (
              <DriftQueue
                key={`${state} ${query.after}`}
                page={data}
                reload={page.reload}
                mixed={state === 'all'}
              />
            )
          }
        </LoadedView>
      </section>
    </PageFrame>
  );
}

function Nothing({ state }: { state: string }) {
  const filtered = ['class', 'type', 'after'].some((name) => parameter(name) !== undefined);
  if (filtered) {
    return (
      <Empty title="No matching entries.">
        <a href="/drift">All open drift</a>
      </Empty>
    );
  }
  if (state === 'open') {
    return (
      <Empty good title="No open drift.">
        <code>salvor checksums verify</code> reads the files again to look for more.
      </Empty>
    );
  }
  return <Empty title={state === 'all' ? 'No drift has been found so far.' : `No ${state} entries.`} />;
}
