import { useEffect, useRef } from 'preact/hooks';
import type { Options, default as UPlot } from 'uplot';
import { count } from '../format.js';
import { colors } from '../theme.js';

export interface Curve {
  name: string;
  /** A CSS custom property. */
  color: string;
  values: (number | null)[];
  /** Whether the area below the curve is filled. */
  fill?: boolean;
}

interface Props {
  name: string;
  /** Seconds since the epoch. */
  times: number[];
  curves: Curve[];
  label: string;
  height?: number;
}

/** Curves over time. A table below the chart has the same numbers for screen readers. */
export function Chart({ name, times, curves, label, height = 200 }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const colorScheme = colors.value;
  // Redrawn when the colors change
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
  }, [times, curves, height, colorScheme]);
  return (
    <div>
      <p class="chart-name" aria-hidden="true">
        {name}
      </p>
      <div class="chart" ref={frame} role="img" aria-label={label} />
    </div>
  );
}

function options(element: HTMLElement, curves: readonly Curve[], height: number): Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { stroke: color('--grid'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  return {
    width: element.clientWidth,
    height,
    scales: { y: { range: (_, min, max) => [Math.min(0, min), max === 0 ? 1 : max * 1.08] } },
    legend: { live: true },
    cursor: { points: { size: 7 } },
    hooks: { ready: [showLast], setCursor: [showLast] },
    axes: [
      { ...axis, values: (_, ticks, __, ___, step) => timeLabels(ticks, step) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map(wholeLabel) },
    ],
    series: [
      {
        value: (_, at) =>
          at === null ? '' : new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' '),
      },
      ...curves.map((curve) => ({
        label: curve.name,
        stroke: color(curve.color),
        width: 2,
        points: { show: curve.values.length < 40, size: 6 },
        ...(curve.fill ? { fill: `${color(curve.color)}26` } : {}),
      })),
    ],
  };
}

/** Without a pointer on the chart, the legend shows the newest values. */
function showLast(plot: UPlot): void {
  const last = plot.data[0].length - 1;
  if (plot.cursor.idx == null && plot.legend.idx !== last) plot.setLegend({ idx: last }, false);
}

const DAY_S = 86_400;

/** Axis labels in UTC: days, or hours with the day where it changes. Repeated labels are left empty. */
function timeLabels(ticks: readonly number[], step: number): string[] {
  let before = '';
  return ticks.map((at) => {
    const text = new Date(at * 1000).toISOString();
    const day = text.slice(5, 10);
    const label =
      step >= DAY_S ? day : day === before.slice(0, 5) ? text.slice(11, 16) : `${day} ${text.slice(11, 16)}`;
    const whole = step >= DAY_S ? day : `${day} ${text.slice(11, 16)}`;
    if (whole === before) return '';
    before = whole;
    return label;
  });
}

/** Counts are whole numbers, so fractional ticks get no label. */
function wholeLabel(value: number): string {
  return Number.isInteger(value) ? count(value) : '';
}
