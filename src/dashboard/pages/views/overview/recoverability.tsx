import { useEffect } from 'preact/hooks';
import type { Census, CensusState } from '../../../api/overview.js';
import { count, duration, percent, plural } from '../../format.js';
import { PartsBar } from '../../ui/bar.js';
import { Icon } from '../../ui/icon.js';
import { Empty } from '../../ui/states.js';
import { Time } from '../../ui/text.js';
import { Facts } from '../page.js';

interface Props {
  state: CensusState;
  reload: () => void;
  everyMs: number;
}

/** The share of recoverable artifacts, and the evidence for it. */
export function Recoverability({ state, reload, everyMs }: Props) {
  const waiting = state.state === 'counting' || (state.state === 'ready' && state.recounting);
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(reload, everyMs);
    return () => clearInterval(timer);
  }, [waiting, reload, everyMs]);
  switch (state.state) {
    case 'counting':
      return (
        <div class="state" role="status">
          <Icon name="running" />
          <p class="state-title">Counting the artifacts…</p>
          <p class="muted">A million artifacts take a few seconds.</p>
        </div>
      );
    case 'none':
      return (
        <Empty title="There are no artifacts to count.">
          {state.reason.replace(/\.$/, '')}. If the table has another name, set <code>registry.table</code>.
        </Empty>
      );
    case 'failed':
      return (
        <div class="state bad" role="alert">
          <Icon name="error" />
          <p class="state-title">The artifacts could not be counted.</p>
          <p class="muted">{state.reason}</p>
        </div>
      );
    case 'ready':
      return <Counted census={state.census} />;
  }
}

function Counted({ census }: { census: Census }) {
  const { totals } = census;
  if (totals.artifacts === 0)
    return (
      <Empty title="The artifact table is empty.">
        If your artifacts are in another table, set <code>registry.table</code>.
      </Empty>
    );
  const copyOnly = totals.recoverable - totals.verified;
  const neither = totals.artifacts - totals.recoverable;
  const share = percent(totals.recoverable, totals.artifacts);
  return (
    <>
      <p class="score">
        <strong>{share}</strong>
        <span>
          of {plural(totals.artifacts, 'artifact has', 'artifacts have')} a verified file or a proven
          restorable copy
        </span>
      </p>
      <PartsBar
        label={`${share} recoverable: ${plural(totals.verified, 'verified file')}, ${plural(copyOnly, 'proven copy only', 'proven copies only')}, ${count(neither)} neither`}
        whole={totals.artifacts}
        parts={[
          { name: 'Verified file', value: totals.verified, tone: 'verified' },
          { name: 'Proven copy only', value: copyOnly, tone: 'proven' },
          { name: 'Neither', value: neither, tone: 'neither' },
        ]}
      />
      <Facts
        facts={[
          {
            name: 'Oldest proof',
            value:
              census.oldest_proof_at !== null ? (
                <Time at={census.oldest_proof_at} />
              ) : (
                <NoProof kept={census.proofs_kept} />
              ),
          },
          {
            name: 'Oldest verification',
            value:
              census.oldest_verified_at === null ? (
                'no file has been verified'
              ) : (
                <Time at={census.oldest_verified_at} />
              ),
          },
          { name: 'Proven copies', value: percent(totals.proven, totals.artifacts) },
          {
            name: 'Counted',
            value: (
              <>
                <Time at={census.as_of} />, in {duration(census.took_ms)}
              </>
            ),
          },
        ]}
      />
    </>
  );
}

function NoProof({ kept }: { kept: boolean }) {
  return (
    <span class="attention">
      {kept ? 'no restore has been proven' : 'no drill has run'}{' '}
      <span class="muted">
        (<code>salvor recovery drill</code>)
      </span>
    </span>
  );
}
