/** The commented `salvor.yaml` that `salvor init` writes. It is valid as it is. */
export function configTemplate(given: { profile?: string; registryUrl?: string }): string {
  const profile = given.profile === undefined ? '# profile: scidex' : `profile: ${given.profile}`;
  const registry =
    given.registryUrl === undefined
      ? '# registry:\n#   url: postgres://salvor@db.example.org/registry'
      : `registry:\n  url: ${JSON.stringify(given.registryUrl)}`;
  return `# Salvor's configuration. Every key is optional; docs/configuration.md explains them all.
# Remove the "#" in front of what you need. Then check it: salvor doctor
# \${NAME} is replaced by an environment variable. Relative paths start at the directory of this file.

# Start with the defaults of a known installation. Leave this out for your own.
${profile}

# The PostgreSQL database with the table of artifacts. Salvor keeps its own tables next to it, in the schema "salvor".
# Without a url, Salvor starts a private PostgreSQL in its state directory. That is enough for checking backups.
# Do not write a password here: put it into ~/.pgpass, or use \${NAME}.
${registry}
#   table: public.artifacts            # your table, and its columns:
#   columns: { id: id, type: artifact_type, path: file_path, metadata: metadata, title: title }
#   guard: [content_hash]              # columns that a trigger of yours must not change when Salvor writes

# Directories with the files. file_path is looked up in each, in this order.
# A sentinel is a file or directory that exists only while the disk is mounted, so that an unmounted disk does not look
# like thousands of missing files.
# roots:
#   - { path: /data/artifacts, sentinel: .git }

# An S3 server other than AWS. Credentials come from the AWS chain: environment, shared files, role.
# s3: { endpoint_url: "https://s3.example.org", region: us-east-1, path_style: true }

# The backups that "salvor listings verify" checks.
# backups:
#   - url: s3://bucket/backups/        # or file:///mnt/backups/
#     since: 2026-01-01                # ignore older archives, made before listings were written
#     grace: 1h                        # a new archive may be without its listing for this long
#     max_age: 26h                     # report a series whose newest archive is older: daily backups plus 2 hours
#     canary: canary/no-listing.tar.gz # an archive without a listing, on purpose: proves that a missing one is found

# Where "salvor recovery" looks for missing files, in this order, and the artifact types that it restores.
# recovery:
#   sources:
#     - { archives: s3://bucket/backups/ } # tarballs, each with a listing or an index
#     - { directory: /mnt/old-disk/artifacts }
#     - { git: /srv/repository }
#   types:
#     dataset: { extensions: [.csv, .parquet] }

# When "salvor checksums" may read files, and how fast. Without this: at any time, as fast as the disks allow.
# checksums: { rate: 50MB/s, window: "02:00-06:00" }

# Where to report every run. It is always recorded in the table fleet_health_events of the registry.
# health: { ndjson: /var/log/salvor/events.ndjson, prometheus: /var/lib/node_exporter/salvor.prom }

# The runs that "salvor watchdog" expects. It fails when one is missing, so that silence is never taken for success.
# watchdog:
#   expect:
#     - { job: listings verify, within: 26h }    # runs daily
#     - { job: checksums backfill, within: 8d }  # runs weekly
`;
}
