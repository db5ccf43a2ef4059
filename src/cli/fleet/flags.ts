export interface WorkerFlags {
  roots?: string[];
  concurrency?: number;
  schedule?: true;
  printSql?: true;
  role: string;
}
