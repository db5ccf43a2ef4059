import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import bundle from '../vite.program.config.js';

const root = join(import.meta.dirname, '..');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const empty = mkdtempSync(join(tmpdir(), 'salvor-packed-'));

beforeAll(() => {
  // What global-setup has built is packed, and installed where there is nothing else: no package but this one.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', empty], {
    cwd: root,
    stdio: 'pipe',
  });
  const tarball = readdirSync(empty).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(empty, 'package.json'), '{"private": true, "type": "module"}');
  const flags = ['--offline', '--omit=optional', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...flags, `./${tarball}`], { cwd: empty, stdio: 'pipe' });
});
afterAll(() => rmSync(empty, { recursive: true, force: true }));

function run(command: string, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(command, args, { cwd: empty, encoding: 'utf8' });
}

/** What a module of a user's, in the folder of the installation, prints. */
function evaluate(code: string): SpawnSyncReturns<string> {
  return run(process.execPath, '--input-type=module', '-e', code);
}

/** Stack traces of an installed program name sources that are not installed: their text must be in the map. */
function mapProblems(dist: string, name: string, text: string): string[] {
  const url = /^\/\/# sourceMappingURL=(\S+)$/m.exec(text.slice(-1000))?.[1];
  // A part that only passes on what others have has none.
  if (url === undefined) return [];
  const path = join(dist, name, '..', url);
  if (!existsSync(path)) return [`${name} names a source map that is not there`];
  const { sources, sourcesContent } = JSON.parse(readFileSync(path, 'utf8')) as {
    sources: string[];
    sourcesContent?: (string | null)[];
  };
  const without = sources.filter((_, i) => typeof sourcesContent?.[i] !== 'string');
  return without.map((source) => `${url} is without the text of ${source}`);
}

describe('the tarball, installed in an empty folder', () => {
  it('brings no other package with it', () => {
    expect(readdirSync(join(empty, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'salvor',
    ]);
  });

  it('has every entry that the build bundles: the program, its threads and its processes', () => {
    const inputs = Object.keys(bundle.build?.rolldownOptions?.input ?? {});
    expect(inputs.length).toBeGreaterThan(3);
    const dist = join(empty, 'node_modules', 'salvor', 'dist');
    const absent = inputs.filter((name) => !existsSync(join(dist, `${name}.js`)));
    expect(absent.map((name) => `"files" of package.json lacks dist/${name}.js`)).toEqual([]);
  });

  it('prints its version and its help', () => {
    const salvor = join(empty, 'node_modules', '.bin', 'salvor');
    expect(run(salvor, '--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run(salvor, '--help').stdout).toContain('listings');
  });

  it('runs a command that needs its libraries and its reading threads', () => {
    const salvor = join(empty, 'node_modules', '.bin', 'salvor');
    const { status, stderr } = run(salvor, 'runs', 'list', '--registry', 'postgres://127.0.0.1:1/x');
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringContaining('registry.unavailable'),
    });
    const worker = `import { Worker } from 'node:worker_threads';
      const worker = new Worker('./node_modules/salvor/dist/files/hash-worker.js', { workerData: {} });
      worker.on('error', (error) => console.log(error.code ?? 'started'));
      worker.on('online', () => { console.log('started'); worker.terminate(); });`;
    expect(evaluate(worker).stdout).toContain('started');
  });

  it('exports the index reader and the report types', () => {
    const { stdout, stderr } = evaluate(`
      import { IndexReader } from 'salvor/index-format';
      import { isReport } from 'salvor/report-types';
      const broken = await IndexReader.open(3, async () => new Uint8Array()).catch((error) => error.message);
      console.log(broken, isReport({ tool: 'salvor', exit_code: 0 }), isReport({}));`);
    expect({ stdout, stderr }).toEqual({
      stdout: 'the index is damaged: it is too short true false\n',
      stderr: '',
    });
  });

  it.each(['salvor', 'salvor/dist/cli/main.js', 'salvor/dist/chunks/program.js'])(
    'keeps %s closed',
    (name) => {
      expect(evaluate(`await import('${name}').catch((error) => console.log(error.code))`).stdout).toBe(
        'ERR_PACKAGE_PATH_NOT_EXPORTED\n',
      );
    },
  );

  it('has types for both, which depend only on the types of Node', () => {
    writeFileSync(
      join(empty, 'user.ts'),
      `import { IndexReader, type IndexedMember } from 'salvor/index-format';
       import { isReport, type ReportDocument, type VerifySummary } from 'salvor/report-types';
       export const missing = (report: ReportDocument<VerifySummary>): number => report.summary.missing;
       export const find = (reader: IndexReader): Promise<IndexedMember[]> => reader.find('a');
       export const code = (value: unknown): 0 | 1 | 2 | 3 | 4 | 130 | 143 | undefined =>
         isReport(value) ? value.exit_code : undefined;`,
    );
    const flags = ['--noEmit', '--strict', '--target', 'ES2023', '--types', 'node'];
    const typeRoots = ['--typeRoots', join(root, 'node_modules', '@types')];
    for (const how of [
      ['--module', 'NodeNext'],
      ['--module', 'Node16'],
      ['--module', 'ESNext', '--moduleResolution', 'bundler'],
    ]) {
      const { stdout, status } = run(process.execPath, tsc, ...flags, ...how, ...typeRoots, 'user.ts');
      expect({ how, stdout, status }).toEqual({ how, stdout: '', status: 0 });
    }
  });

  it('has every part that another imports, and every source map with the sources in it', () => {
    const dist = join(empty, 'node_modules', 'salvor', 'dist');
    const scripts = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.js') && !name.startsWith('dashboard/pages'),
    );
    expect(scripts.length).toBeGreaterThan(20);
    const broken = scripts.flatMap((name) => {
      const text = readFileSync(join(dist, name), 'utf8');
      // As the bundler writes them; libraries have such lines in comments and strings, indented.
      const imports = [...text.matchAll(/^(?:import|export) (?:[^\n]*? from )?"(\.[^"]+)";$/gm)];
      const lazy = [...text.matchAll(/(?:await|=>|return) import\("(\.[^"]+\.js)"\)/g)];
      const absent = [...imports, ...lazy]
        .map(([, path = '']) => path)
        .filter((path) => !existsSync(join(dist, name, '..', path)));
      return [...absent.map((path) => `${name} imports ${path}`), ...mapProblems(dist, name, text)];
    });
    expect(broken).toEqual([]);
  });

  it('has everything that its pages link to', () => {
    const installed = join(empty, 'node_modules', 'salvor');
    const pages = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.md') && !name.startsWith('dist'),
    );
    expect(pages).toContain('README.md');
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(installed, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target.replace(/#.*/, ''))
        .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(join(installed, page, '..', target)))
        .map((target) => `${page} links to ${target}, which is not in the package`),
    );
    expect(broken).toEqual([]);
  });

  it('names the licenses of every library that is in the bundle', () => {
    const licenses = readFileSync(join(empty, 'node_modules/salvor/dist/chunks/licenses.md'), 'utf8');
    for (const name of ['zod', 'commander', 'pg', 'hono']) expect(licenses).toContain(`## ${name} - `);
  });
});
