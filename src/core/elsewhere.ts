/**
 * Schemes that are followed by a colon only, such as `doi:10.5061/dryad.x`. A closed list, because a colon is an
 * ordinary character in a file name: `gene:BRCA1.csv` is one. Documented in `docs/recovery.md`.
 */
export const ELSEWHERE_SCHEMES = [
  // Identifiers of publications and data sets.
  'doi',
  'osf',
  'ark',
  'hdl',
  'urn',
  'arxiv',
  'pmid',
  'pmcid',
  'swh',
  // Object stores and remote file systems.
  's3',
  's3a',
  's3n',
  'gs',
  'gcs',
  'az',
  'abfs',
  'abfss',
  'wasb',
  'wasbs',
  'hdfs',
  'dbfs',
  'b2',
  'ipfs',
  'http',
  'https',
  'ftp',
  'ftps',
  'sftp',
  'file',
  // Registries of experiments and models.
  'mlflow-artifacts',
  'wandb-artifact',
  'azureml',
] as const;

/** `s3://`, `git+https://`, `jdbc:postgresql://`, and the chains of fsspec, `simplecache::s3://`. */
const ADDRESS = /^((?:[a-z][a-z0-9+._-]*::?)*[a-z][a-z0-9+._-]*):\/\//i;
const SCHEME_ONLY = new RegExp(`^(${ELSEWHERE_SCHEMES.join('|')}):(?=.)`, 'is');
const DRIVE = /^([a-z]):[\\/]/i;
const SHARE = /^\\\\[^\\/]/;

/**
 * Describes a `file_path` that is not a path below a root: an address with a scheme, a Windows path with a drive
 * letter, or a network share. Undefined for an ordinary path. Checks only the text; a file with exactly that name
 * may still exist. Spaces, quotes and `<` before an address are ignored.
 * @returns a phrase such as `an s3: address`
 */
export function elsewhereOf(filePath: string): string | undefined {
  const text = filePath.replace(/^[\s"'<]+/, '');
  const scheme = ADDRESS.exec(text)?.[1] ?? SCHEME_ONLY.exec(text)?.[1];
  // A single letter before the slashes is a drive: some programs turn `C:\data` into `C://data`.
  if (scheme !== undefined && scheme.length > 1) {
    const name = scheme.toLowerCase();
    return `${/^[aefhilmnorsx]/.test(name) ? 'an' : 'a'} ${name}: address`;
  }
  if (DRIVE.test(text)) return 'a path on a Windows drive';
  return SHARE.test(text) ? 'a path on a network share' : undefined;
}
