import {
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  Chart as Drawing,
  DoughnutController,
  Legend,
  LinearScale,
  Tooltip,
  type ChartConfiguration,
} from 'chart.js';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

Drawing.register(
  ArcElement,
  BarController,
  BarElement,
  CategoryScale,
  DoughnutController,
  Legend,
  LinearScale,
  Tooltip,
);

const COLOURS = {
  ink: '--ink',
  muted: '--muted',
  line: '--line',
  surface: '--surface',
  accent: '--chart-accent',
  good: '--chart-good',
  warn: '--chart-warn',
  bad: '--chart-bad',
} as const;

/** The colours of the page, as they are at the moment. */
export type Palette = Readonly<Record<keyof typeof COLOURS, string>>;

interface Props {
  /** What the chart shows; the same is said by a table. */
  readonly label: string;
  readonly configure: (palette: Palette) => ChartConfiguration<'bar'> | ChartConfiguration<'doughnut'>;
  /** What `configure` draws; the chart is drawn again when it is another. */
  readonly data: unknown;
  /** In pixels; charts are as wide as there is room. */
  readonly height: number;
}

/** A chart in the colours of the page. */
export function Chart({ label, configure, data, height }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let drawing: Drawing | undefined;
    const draw = (): void => {
      drawing?.destroy();
      if (canvas.current) {
        drawing = new Drawing(canvas.current, withManners(configure(palette())) as ChartConfiguration);
      }
    };
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    draw();
    return () => {
      scheme.removeEventListener('change', draw);
      drawing?.destroy();
    };
  }, [data]);
  return <div class="chart" style={{ height: `${height}px` }}><canvas ref={canvas} role="img" aria-label={label} /></div>;
}

/** What all charts have in common. */
function withManners<C extends ChartConfiguration<'bar'> | ChartConfiguration<'doughnut'>>(configuration: C): C {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const { ink, muted, line } = palette();
  Object.assign(Drawing.defaults, { color: ink, borderColor: line });
  Object.assign(Drawing.defaults.scale.ticks, { color: muted });
  Object.assign(Drawing.defaults.font, { family: getComputedStyle(document.body).fontFamily, size: 13 });
  return {
    ...configuration,
    options: { maintainAspectRatio: false, ...(still && { animation: false }), ...configuration.options },
  };
}

function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const entries = Object.entries(COLOURS).map(([name, property]) => [name, style.getPropertyValue(property).trim()]);
  return Object.fromEntries(entries) as Palette;
}
