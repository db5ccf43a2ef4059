export type Severity = 'info' | 'warning' | 'error';

/** Something that an operator must see. */
export interface Finding {
  /** One of `core/codes.ts`. */
  code: string;
  severity: Severity;
  /** The object's whole url (`s3://bucket/key`), the artifact's id, or a path. */
  subject: string;
  /** One sentence: what is the matter with the subject. Never holds a secret. */
  message: string;
  detail?: Record<string, unknown>;
}
