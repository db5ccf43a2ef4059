import type { JournalRow } from '../../../api/artifact.js';
import type { Page } from '../../../api/session.js';
import { useLoad } from '../../load.js';
import { address, parameter } from '../../router.js';
import { ExactFilters } from '../../ui/filters.js';
import { Pager } from '../../ui/pager.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { PageFrame } from '../page.js';
import { Entries } from './entries.js';

const FIELDS = [
  { name: 'artifact', label: 'Artifact id', placeholder: 'full id' },
  { name: 'action', label: 'Action', placeholder: 'checksum' },
  { name: 'actor', label: 'By', placeholder: 'alice' },
];

/** Every change to the registry, with undo. */
export function Journal() {
  const query = {
    artifact: parameter('artifact'),
    run: parameter('run'),
    action: parameter('action'),
    actor: parameter('actor'),
  };
  const page = useLoad<Page<JournalRow>>(address('/api/journal', { ...query, after: parameter('after') }));
  const filtered = Object.values(query).some((value) => value !== undefined);
  return (
    <PageFrame
      title="Journal"
      lead="Every change to the registry, with the values before and after. Entries are never modified; an undo writes new ones."
    >
      <section class="card" aria-label="Entries">
        <div class="filters">
          <ExactFilters fields={FIELDS} />
          {query.run !== undefined && (
            <p class="muted">
              Only entries of <a href={`/runs/${encodeURIComponent(query.run)}`}>one run</a>.{' '}
              <a href="/journal">Show all</a>
            </p>
          )}
        </div>
        <LoadedView of={page}>
          {(data) =>
            data.rows.length === 0 ? (
              <Empty title={filtered ? 'No matching entries.' : 'Nothing has been changed yet.'}>
                {filtered && <a href="/journal">All entries</a>}
              </Empty>
            ) : (
              <>
                <Entries rows={data.rows} reload={page.reload} />
                <Pager page={data} what="the journal" />
              </>
            )
          }
        </LoadedView>
      </section>
    </PageFrame>
  );
}
