import { afterAll } from 'vitest';

/*
 * Runs before each test file. Files share a process (see `vitest.config.ts`), so a file gets back what belongs to the
 * process as it found it, whatever it did to it: the environment, the working directory and the mode of new files.
 */
const environment = { ...process.env };
const directory = process.cwd();
const umask = process.umask();

afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  for (const [name, value] of Object.entries(environment))
    if (process.env[name] !== value) process.env[name] = value;
  if (process.cwd() !== directory) process.chdir(directory);
  if (process.umask() !== umask) process.umask(umask);
});
