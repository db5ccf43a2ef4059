export interface DemoFlags {
  dir?: string;
  serve: boolean;
  listen?: string;
}
