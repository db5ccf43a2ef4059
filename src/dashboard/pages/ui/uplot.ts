import uPlot, { type AlignedData, type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** Apart from the rest, so that only pages with curves fetch it. */
export function draw(options: Options, data: AlignedData, into: HTMLElement): uPlot {
  // All times are UTC, as everywhere in Salvor.
  return new uPlot({ ...options, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC') }, data, into);
}
