/** Where these questions can be asked; a pool, a transaction, or the dashboard's connection. */
export interface Asks {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
}
