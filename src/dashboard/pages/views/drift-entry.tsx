import { useState } from 'preact/hooks';
import type { DriftDetail } from '../../api.js';
import { size } from '../format.js';
import { useLoad } from '../load.js';
import { address } from '../router.js';
import { session } from '../session.js';
import { ClassBadge, StateBadge } from '../ui/badge.js';
import { CanNotDecide, DecideButton, type Decision, DecisionDialog } from '../ui/decision.js';
import { Answer } from '../ui/states.js';
import { CommandLine, Digest, Name, Time } from '../ui/text.js';
import { decisionOn } from './drift.js';
import { CLASS_WORDS } from './drift-words.js';
import { Card, Facts, PageFrame } from './page.js';

/** One difference: what was, what is, what it means, and the decision. */
export function DriftEntry({ id }: { id: string }) {
  const entry = useLoad<DriftDetail>(`/api/drift/${encodeURIComponent(id)}`);
  return (
    <PageFrame title={`Drift ${id}`} up={{ href: '/drift', name: 'Drift' }}>
      <Answer of={entry}>{(drift) => <Entry drift={drift} reload={entry.reload} />}</Answer>
    </PageFrame>
  );
}

function Entry({ drift, reload }: { drift: DriftDetail; reload: () => void }) {
  return (
    <>
      <section class="card" aria-label="What differs">
        <p class="subject">
          <StateBadge state={drift.state} /> <ClassBadge of={drift.class} />{' '}
          <a href={address('/artifacts', { id: drift.artifact_id })}>
            <Name text={drift.title ?? drift.artifact_id} />
          </a>
        </p>
        <p class="explain">{CLASS_WORDS[drift.class]}</p>
        <Facts
          facts={[
            { name: 'Artifact', value: <Name text={drift.artifact_id} mono /> },
            { name: 'Type', value: <Name text={drift.artifact_type ?? '–'} /> },
            { name: 'File', value: <Name text={drift.path} mono /> },
            { name: 'Root', value: <Name text={drift.root} mono /> },
            { name: 'First seen', value: <Time at={drift.first_seen_at} /> },
            { name: 'Last seen', value: <Time at={drift.last_seen_at} /> },
            ...(drift.run_id === null
              ? []
              : [{ name: 'Found by', value: <a href={`/runs/${drift.run_id}`}>the run</a> }]),
          ]}
        />
      </section>
      <Contents drift={drift} />
      {drift.state === 'open' ? <Decide drift={drift} reload={reload} /> : <Decided drift={drift} />}
    </>
  );
}

function Contents({ drift }: { drift: DriftDetail }) {
  const before = drift.digest !== null && drift.digest.sha256 === drift.old_sha256 ? drift.digest : null;
  const marks = (sha256: string): string =>
    drift.recorded_sha256?.toLowerCase() === sha256 ? ' (stands in the registry now)' : '';
  return (
    <Card title="The two contents">
      <div class="compare">
        <div>
          <h3>On record{marks(drift.old_sha256)}</h3>
          <Digest sha256={drift.old_sha256} whole />
          <Facts
            facts={[
              { name: 'Size', value: before === null ? 'not known' : size(before.size_bytes) },
              { name: 'File time', value: before === null ? 'not known' : <Time at={before.mtime} exact /> },
              ...(before === null ? [] : [{ name: 'Read', value: <Time at={before.computed_at} /> }]),
            ]}
          />
        </div>
        <div>
          <h3>Found in the file{marks(drift.new_sha256)}</h3>
          <Digest sha256={drift.new_sha256} whole />
          <Facts
            facts={[
              { name: 'Size', value: size(drift.size_bytes) },
              { name: 'File time', value: <Time at={drift.mtime} exact /> },
              { name: 'Read', value: <Time at={drift.last_seen_at} /> },
            ]}
          />
        </div>
      </div>
    </Card>
  );
}

function Decide({ drift, reload }: { drift: DriftDetail; reload: () => void }) {
  const [decision, setDecision] = useState<Decision>();
  const can = session.value?.can.drift === true;
  return (
    <Card title="Which one is right?">
      <div class="buttons">
        <DecideButton
          can={can}
          kind="primary"
          shortcut="a"
          onClick={() => setDecision(decisionOn([drift], 'accept'))}
        >
          Accept the new content…
        </DecideButton>
        <DecideButton
          can={can}
          kind="danger"
          shortcut="r"
          onClick={() => setDecision(decisionOn([drift], 'reject'))}
        >
          Reject it…
        </DecideButton>
      </div>
      <CanNotDecide can={can} />
      <p class="muted note">The same on the command line:</p>
      <CommandLine text={`salvor drift accept ${drift.id}`} />
      <CommandLine text={`salvor drift reject ${drift.id}`} />
      {decision && (
        <DecisionDialog
          decision={decision}
          onClose={() => setDecision(undefined)}
          onDone={() => {
            setDecision(undefined);
            reload();
          }}
        />
      )}
    </Card>
  );
}

function Decided({ drift }: { drift: DriftDetail }) {
  return (
    <Card
      title="The decision"
      aside={<a href={address('/journal', { artifact: drift.artifact_id })}>In the journal</a>}
    >
      <Facts
        facts={[
          { name: 'Decided', value: <StateBadge state={drift.state} /> },
          { name: 'By', value: <Name text={drift.decided_by ?? '–'} /> },
          { name: 'When', value: <Time at={drift.decided_at} /> },
          { name: 'Note', value: drift.note === null ? '–' : <Name text={drift.note} /> },
        ]}
      />
    </Card>
  );
}
