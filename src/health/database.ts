/** As much of a database as the sink needs. Rejects with PostgreSQL's own error (`code` is the SQLSTATE) or a `Failure`. */
export interface HealthDatabase {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
  ): Promise<{ rows: Row[] }>;
}
