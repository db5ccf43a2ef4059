/**
 * Defaults for the SciDEX installation: its table, roots, backups and types. The only place in the program that mentions
 * SciDEX.
 */
export const scidex = {
  registry: { table: 'scidex.artifacts', guard: ['content_hash'] },
  roots: [
    // Paths of rows are relative to the root, or to the repository above it.
    { path: '/data/scidex-artifacts', sentinel: '.git', strip: 'data/scidex-artifacts/' },
  ],
  backups: [
    // The pipeline has written listings for every backup since 2026-04-24; older backups are the known backlog.
    { url: 's3://scidex/backups/', since: '2026-04-24', max_missing: 0, min_size: 1, grace: '1h' },
  ],
  checksums: { rate: '50MB/s', window: '02:00-06:00' },
  recovery: {
    destination: '/data/scidex-artifacts',
    archives: 2,
    sources: [
      { directory: '/data/scidex-artifacts', trust: 'bind' },
      { directory: '/data/.orchestra-worktrees/*/data/scidex-artifacts', trust: 'bind' },
      { git: '/data/scidex-artifacts' },
      { archives: 's3://scidex/backups/' },
    ],
    types: {
      dataset: {
        directories: ['datasets', 'economics_drivers/datasets'],
        extensions: ['.csv', '.tsv', '.parquet', '.json', '.h5', '.npz'],
        name_keys: ['filename', 'file_name', 'path'],
      },
      model: {
        directories: ['models', 'forge_runs'],
        extensions: ['.joblib', '.pkl', '.pt', '.safetensors', '.h5'],
        name_keys: ['filename', 'file_name', 'path', 'model_path'],
        unrecoverable: [{ when: { ram_only: true }, reason: 'weights were only ever in memory' }],
      },
      tabular_dataset: {
        directories: ['datasets/tabular', 'datasets'],
        extensions: ['.csv', '.tsv', '.parquet'],
        name_keys: ['filename', 'file_name', 'path'],
      },
    },
  },
  watchdog: {
    expect: [
      { job: 'listings verify', within: '26h' },
      { job: 'checksums backfill', within: '8d' },
    ],
  },
};
