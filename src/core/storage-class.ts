/**
 * Storage classes and access tiers whose objects must be restored, for hours, before they can be read. S3 Glacier
 * Instant Retrieval (`GLACIER_IR`) is read at once. Source: "Understanding and managing Amazon S3 storage classes".
 */
export const COLD_CLASSES = ['GLACIER', 'DEEP_ARCHIVE', 'ARCHIVE_ACCESS', 'DEEP_ARCHIVE_ACCESS'] as const;

/** Whether an object of this class can only be read after a restore request. Undefined is the default class. */
export function isCold(storageClass: string | undefined): boolean {
  return storageClass !== undefined && (COLD_CLASSES as readonly string[]).includes(storageClass);
}
