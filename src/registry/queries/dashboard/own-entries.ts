import type { DashboardSource } from '../../../dashboard/port.js';
import { ofTable } from '../../artifacts/digests-join.js';

/**
 * SQL condition for entries of the artifact table that the dashboard shows. Another table of the same registry may have
 * artifacts with the same ids. Without an artifact table, the condition is always true.
 */
export type OwnEntries = (alias: string) => string;

export function ownEntries({ artifacts }: DashboardSource): OwnEntries {
  return (alias) => ('shape' in artifacts ? ofTable(artifacts.shape, alias) : 'true');
}
