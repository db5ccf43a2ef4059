import type { DashboardSource } from '../../../dashboard/port.js';
import { ofTable } from '../../artifacts/digests-join.js';

/**
 * SQL that is true of the entries of the table that the dashboard shows: another table of the same registry may have
 * artifacts with the same ids. Without a table, every entry is shown.
 */
export type OwnEntries = (alias: string) => string;

export function ownEntries({ artifacts }: DashboardSource): OwnEntries {
  return (alias) => ('shape' in artifacts ? ofTable(artifacts.shape, alias) : 'true');
}
