/**
 * The part of a database that the sink needs. Rejects with PostgreSQL's error (`code` is the SQLSTATE) or a `Failure`.
 */
export interface HealthDatabase {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
  ): Promise<{ rows: Row[] }>;
}
