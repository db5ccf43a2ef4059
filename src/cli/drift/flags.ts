export interface DriftListFlags {
  state: string;
  artifact?: string;
  type?: string[];
  limit: number;
  after?: string;
}

export interface DriftDecideFlags {
  note?: string;
  class?: string;
  under?: string;
  run?: string;
  type?: string[];
  yes?: true;
}
