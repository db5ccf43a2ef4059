import { useEffect, useRef } from 'preact/hooks';
import type { Options, default as UPlot } from 'uplot';
import { colours } from '../theme.js';

export interface Curve {
  name: string;
  /** A custom property of the style sheet. */
  colour: string;
  values: (number | null)[];
  /** Filled down to zero. */
  fill?: boolean;
}

interface Props {
  /** Seconds since the epoch. */
  times: number[];
  curves: Curve[];
  label: string;
  height?: number;
}

/** Curves over time. The table beside it says the same to who can not see them. */
export function Chart({ times, curves, label, height = 220 }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const drawn = colours.value;
  // New colours are a new drawing
  useEffect(() => {
    const element = frame.current;
    if (element === null || times.length === 0) return;
    let plot: UPlot | undefined;
    let gone = false;
    const resize = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height }));
    void import('./uplot.js').then(({ draw }) => {
      if (gone) return;
      plot = draw(options(element, curves, height), [times, ...curves.map((curve) => curve.values)], element);
      resize.observe(element);
    });
    return () => {
      gone = true;
      resize.disconnect();
      plot?.destroy();
    };
  }, [times, curves, height, drawn]);
  return <div class="chart" ref={frame} role="img" aria-label={label} />;
}

function options(element: HTMLElement, curves: readonly Curve[], height: number): Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  return {
    width: element.clientWidth,
    height,
    scales: { y: { range: (_, min, max) => [Math.min(0, min), max === 0 ? 1 : max * 1.08] } },
    legend: { live: true },
    cursor: { points: { size: 7 } },
    axes: [
      axis,
      {
        ...axis,
        size: 56,
        values: (_, ticks) => ticks.map((n) => (Number.isInteger(n) ? n.toLocaleString('en') : '')),
      },
    ],
    series: [
      {
        value: (_, at) =>
          at === null ? '' : new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' '),
      },
      ...curves.map((curve) => ({
        label: curve.name,
        stroke: colour(curve.colour),
        width: 2,
        points: { show: curve.values.length < 40, size: 6 },
        ...(curve.fill ? { fill: `${colour(curve.colour)}26` } : {}),
      })),
    ],
  };
}
