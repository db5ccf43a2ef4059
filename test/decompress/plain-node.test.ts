import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const XZ =
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABvABVdADQZSe6N6RLknPNn3C7wE7xUAJQAAAAAAABUAkzzy52nCQABMXClw962H7bzfQEAAAAABFla';

/** What ships is loaded by Node's own rules; the test runner's are more forgiving. */
describe('the built decoders in plain Node', () => {
  it('decode xz on a host without the program', () => {
    const script = `
      const { decodersFor } = await import(${JSON.stringify(join(process.cwd(), 'dist/decompress/decode.js'))});
      async function* source() { yield Buffer.from(${JSON.stringify(XZ)}, 'base64'); }
      const result = decodersFor(undefined).decode('xz', source(), 1000);
      for await (const bytes of result.output) process.stdout.write(bytes);
      if (!result.checksummed()) process.exitCode = 9;
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: '' },
      encoding: 'utf8',
    });
    expect(output).toBe('hello fixture '.repeat(8));
  });
});
