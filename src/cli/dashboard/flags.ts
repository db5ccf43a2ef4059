export interface DashboardFlags {
  listen?: string;
  readOnly?: true;
}
