import uPlot, { type AlignedData, type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** What a run saw held until the next one: a line between two runs would show what nobody saw. */
const STEPS = uPlot.paths.stepped?.({ align: 1 });

/** Apart from the rest, so that only pages with curves fetch it. */
export function draw(options: Options, data: AlignedData, into: HTMLElement): uPlot {
  // All times are UTC, as everywhere in Salvor.
  const series = options.series.map((one, index) =>
    index === 0 || STEPS === undefined ? one : { ...one, paths: STEPS },
  );
  return new uPlot(
    { ...options, series, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC') },
    data,
    into,
  );
}
