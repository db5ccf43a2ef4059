import type { Source, SourceReport } from '../jobs/recovery/source-port.js';

/** The report of a source that searches no archives. */
export function sourceReport(
  { name, kind }: Pick<Source, 'name' | 'kind'>,
  state: SourceReport['state'],
  scope: string,
  { files, errors }: Pick<SourceReport, 'files' | 'errors'>,
): SourceReport {
  const noArchives = { archivesSearched: 0, archivesStreamed: 0, bytesFetched: 0 };
  return { source: name, kind, state, scope, files, errors, findings: [], ...noArchives };
}
