export interface ArtifactUnrecoverableFlags {
  reason: string;
  idsFrom?: string;
}
