import uPlot, { type AlignedData, type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** Steps, not slopes: a slope between two runs would show values that no run measured. */
const STEPS = uPlot.paths.stepped?.({ align: 1 });

/** In a separate module, so that only pages with charts load it. */
export function draw(options: Options, data: AlignedData, into: HTMLElement): uPlot {
  // All times are UTC.
  const series = options.series.map((one, index) =>
    index === 0 || STEPS === undefined ? one : { ...one, paths: STEPS },
  );
  return new uPlot(
    { ...options, series, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC') },
    data,
    into,
  );
}
