/** What `salvor` alone prints: what to do first, second and third. */
export const FIRST_STEPS = `Salvor checks that every artifact in your registry has its file, that every file
still has the content that was recorded, and that every file can be restored from
your backups.

Start here:
  1. salvor demo       watch every job run on sample data with planted faults
  2. salvor init       write salvor.yaml, with comments on each setting
  3. salvor doctor     check the configuration and suggest a fix for each problem

Then the three jobs:
  salvor listings verify       does every backup have its listing?
  salvor checksums backfill    does every file still have its recorded content?
  salvor recovery plan         which missing files can be restored, from where?

Help:
  salvor help                  list every command
  salvor COMMAND --help        explain one command
`;
