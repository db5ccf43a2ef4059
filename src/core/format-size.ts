// Imports nothing: the pages of the dashboard use it in a browser.

const STEPS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Three significant digits with a decimal unit: `1.23 GB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 999.5 && step < STEPS.length - 1) {
    value /= 1000;
    step += 1;
  }
  const digits = step === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${STEPS[step]}`;
}
