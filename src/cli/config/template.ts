/** The commented `salvor.yaml` that `salvor init` writes: valid as it is, every line of it a place to begin. */
export function configTemplate(given: { profile?: string; registryUrl?: string }): string {
  const profile = given.profile === undefined ? '# profile: scidex' : `profile: ${given.profile}`;
  const registry =
    given.registryUrl === undefined
      ? '# registry:\n#   url: postgres://salvor@db.example.org/registry     # or embedded:DIR, or set SALVOR_REGISTRY'
      : `registry:\n  url: ${JSON.stringify(given.registryUrl)}`;
  return `# Salvor's configuration. Every key is optional; docs/configuration.md explains them all.
# \${NAME} takes an environment variable; relative paths are relative to this file.
# Try what you wrote: salvor doctor

# Defaults for one known installation.
${profile}

# Where the artifacts' table is, and where Salvor keeps runs, findings and its journal (schema salvor).
# Without a url: a private PostgreSQL in the state directory. Passwords: ~/.pgpass or \${NAME}, not here.
${registry}
#   table: public.artifacts
#   columns: { id: id, type: artifact_type, path: file_path, metadata: metadata, title: title }
#   guard: [content_hash]              # columns that must not change when Salvor writes

# Where file_path is resolved, in order. The sentinel proves that the disk is mounted.
# roots:
#   - { path: /data/artifacts, sentinel: .git }

# Another S3 server than AWS. Credentials come from the AWS chain: environment, shared files, role.
# s3: { endpoint_url: "https://s3.example.org", region: us-east-1, path_style: true }

# What "salvor listings verify" checks.
# backups:
#   - url: s3://bucket/backups/
#     since: 2026-01-01                # older archives were made before listings were written
#     grace: 1h                        # a younger archive may wait for its listing, once
#     max_age: 26h                     # the newest archive of each series must not be older
#     canary: canary/no-listing.tar.gz # an archive planted without a listing: the verifier must find it

# When files may be read, and how fast.
# checksums: { rate: 50MB/s, window: "02:00-06:00" }

# Who is told of every run, next to the table fleet_health_events in the registry.
# health: { ndjson: /var/log/salvor/events.ndjson, prometheus: /var/lib/node_exporter/salvor.prom }

# What "salvor watchdog" holds the runs against: silence is failure.
# watchdog:
#   expect:
#     - { job: listings verify, within: 26h }
#     - { job: checksums backfill, within: 8d }
`;
}
