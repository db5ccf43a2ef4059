import type { ListingScope } from '../../../api/listings.js';
import { useLoad } from '../../load.js';
import { address, parameter } from '../../router.js';
import { Empty, LoadedView } from '../../ui/states.js';
import { CommandLine } from '../../ui/text.js';
import { PageFrame } from '../page.js';
import { ListingFindings } from './findings.js';
import { History } from './history.js';
import { Partitions } from './partitions.js';
import { Scopes } from './scopes.js';

const REFRESH_MS = 60_000;

/** The Listings page: whether every backup has a listing, by scope and partition, now and over time. */
export function Listings() {
  const scope = parameter('scope');
  const partition = parameter('partition');
  const scopes = useLoad<ListingScope[]>('/api/listings/scopes', REFRESH_MS);
  return (
    <PageFrame
      title={partition ?? scope ?? 'Listings'}
      lead="Can a single file be found in the backups without downloading them?"
      {...(scope === undefined
        ? {}
        : partition === undefined
          ? { up: { href: '/listings', name: 'Listings' } }
          : { up: { href: address('/listings', { scope }), name: scope } })}
    >
      <LoadedView of={scopes}>
        {(all) => {
          const shown = scope === undefined ? all : all.filter((one) => one.scope === scope);
          if (shown.length === 0) return <NoListings known={all.length > 0} />;
          const only = scope ?? (all.length === 1 ? all[0]?.scope : undefined);
          return (
            <>
              {partition === undefined && <Scopes scopes={shown} />}
              {only !== undefined && <History scope={only} partition={partition} />}
              {only !== undefined && <ListingFindings scope={only} partition={partition} />}
              {partition === undefined && <Partitions scope={only} />}
            </>
          );
        }}
      </LoadedView>
    </PageFrame>
  );
}

function NoListings({ known }: { known: boolean }) {
  return (
    <section class="card">
      {known ? (
        <Empty title="This scope has not been verified yet.">
          <a href="/listings">All scopes</a>
        </Empty>
      ) : (
        <Empty title="No listings have been verified yet.">
          <CommandLine text="salvor listings verify" />
        </Empty>
      )}
    </section>
  );
}
