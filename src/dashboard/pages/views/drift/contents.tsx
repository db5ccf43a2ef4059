import type { ComponentChildren } from 'preact';
import type { DriftDetail } from '../../../api/drift.js';
import { exactSize, size } from '../../format.js';
import { Badge } from '../../ui/badge.js';
import { Digest, Name, Time } from '../../ui/text.js';
import { Card, type Fact, Facts } from '../page.js';

/** The recorded content and the current content, side by side. */
export function Contents({ drift }: { drift: DriftDetail }) {
  const read = drift.digest !== null && drift.digest.sha256 === drift.old_sha256 ? drift.digest : null;
  const before = read ?? drift.before;
  return (
    <Card title="Compare the contents">
      <div class="compare">
        <Content
          drift={drift}
          title={drift.class === 'recorded' ? 'Recorded before Salvor' : 'Recorded content'}
          sha256={drift.old_sha256}
          facts={[
            ...(drift.recorded_in === null
              ? []
              : [{ name: 'Recorded in', value: <Name text={drift.recorded_in} mono /> }]),
            { name: 'Size', value: before === null ? 'unknown' : <Bytes of={before.size_bytes} /> },
            { name: 'File time', value: before === null ? 'unknown' : <Time at={before.mtime} exact /> },
            ...(read === null ? [] : [{ name: 'Read', value: <Time at={read.computed_at} /> }]),
          ]}
        />
        <Content
          drift={drift}
          title="Current content"
          sha256={drift.new_sha256}
          facts={[
            {
              name: 'Size',
              value: (
                <>
                  <Bytes of={drift.size_bytes} />
                  {before !== null && <Difference before={before.size_bytes} after={drift.size_bytes} />}
                </>
              ),
            },
            { name: 'File time', value: <Time at={drift.mtime} exact /> },
            { name: 'Read', value: <Time at={drift.last_seen_at} /> },
            ...(drift.found_digests === null
              ? []
              : [{ name: 'Other digests of the file', value: <Name text={drift.found_digests} mono /> }]),
          ]}
        />
      </div>
    </Card>
  );
}

function Content(props: {
  drift: DriftDetail;
  title: ComponentChildren;
  sha256: string;
  facts: readonly Fact[];
}) {
  const { drift, title, sha256, facts } = props;
  const isRecorded = drift.recorded_sha256?.toLowerCase() === sha256;
  return (
    <div>
      <h3>{title}</h3>
      <p>
        <Digest sha256={sha256} whole />
      </p>
      {isRecorded && (
        <p>
          <Badge tone="plain" text="in the registry now" />
        </p>
      )}
      <Facts facts={facts} />
    </div>
  );
}

function Bytes({ of }: { of: number }) {
  return (
    <>
      {size(of)}
      {of >= 1000 && <span class="sub">{exactSize(of)}</span>}
    </>
  );
}

function Difference({ before, after }: { before: number; after: number }) {
  const words =
    before === after
      ? 'same size as before'
      : `${size(Math.abs(after - before))} ${after > before ? 'larger' : 'smaller'} than before`;
  return <span class="sub">{words}</span>;
}
