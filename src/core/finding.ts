export type Severity = 'info' | 'warning' | 'error';

/** A problem or fact that a run reports. */
export interface Finding {
  /** One of `core/codes.ts`. */
  code: string;
  severity: Severity;
  /** The object's whole url (`s3://bucket/key`), the artifact's id, or a path. */
  subject: string;
  /** One sentence that says what is wrong with the subject. Never contains a secret. */
  message: string;
  detail?: Record<string, unknown>;
}
