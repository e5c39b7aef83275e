import type { ChartConfiguration } from 'chart.js';
import type { JSX } from 'preact';
import type { AnalyticsDay } from 'upload-sessions-sdk';

import * as words from '../shared/words.js';
import { Chart, type Palette } from './chart.js';
import { Numbers } from './data-table.js';

interface Props {
  readonly series: readonly AnalyticsDay[];
  /** Where the period begins; without it, with the first session. */
  readonly from: string | undefined;
}

/** What became of the sessions of each day. */
export function Series({ series, from }: Props): JSX.Element {
  const all = withEmptyDays(series, from);
  const configure = (palette: Palette): ChartConfiguration<'bar'> => {
    const bars = (label: string, color: string, count: (day: AnalyticsDay) => number) => ({
      label,
      data: all.map(count),
      backgroundColor: color,
      stack: 'sessions',
      borderRadius: 2,
      maxBarThickness: 36,
    });
    return {
      type: 'bar',
      data: {
        labels: all.map(({ date }) => words.day(date)),
        datasets: [
          bars('Finalized', palette.good, (day) => day.sessionsFinalized),
          bars('Failed', palette.bad, (day) => day.sessionsFailed),
          bars('Open', palette.warn, open),
        ],
      },
      options: {
        interaction: { mode: 'index' },
        plugins: { legend: { align: 'end', labels: { boxWidth: 12, boxHeight: 12, useBorderRadius: true, borderRadius: 3 } } },
        scales: {
          x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } },
          y: { stacked: true, beginAtZero: true, ticks: { precision: 0, maxTicksLimit: 6 } },
        },
      },
    };
  };
  return (
    <section class="card" aria-labelledby="series">
      <h2 id="series">Sessions by day <small>in UTC</small></h2>
      <Chart label="Finalized, failed and open sessions of each day" configure={configure} data={series} height={280} />
      <Numbers
        caption="Sessions by day"
        columns={['Day (UTC)', 'Created', 'Finalized', 'Failed', 'Open', 'Success rate']}
        rows={series.map((day) => [
          day.date,
          words.count(day.sessionsCreated),
          words.count(day.sessionsFinalized),
          words.count(day.sessionsFailed),
          words.count(open(day)),
          words.share(day.sessionsFinalized / day.sessionsCreated),
        ])}
      />
    </section>
  );
}

function open({ sessionsCreated, sessionsFinalized, sessionsFailed }: AnalyticsDay): number {
  return sessionsCreated - sessionsFinalized - sessionsFailed;
}

/** The server leaves out days without sessions; on the axis they have their place. */
function withEmptyDays(series: readonly AnalyticsDay[], from: string | undefined): AnalyticsDay[] {
  const byDate = new Map(series.map((day) => [day.date, day]));
  const first = from?.slice(0, 10) ?? series[0]?.date ?? '';
  const all: AnalyticsDay[] = [];
  for (let time = Date.parse(first); time <= Date.now(); time += 86_400_000) {
    const date = new Date(time).toISOString().slice(0, 10);
    all.push(byDate.get(date) ?? { date, sessionsCreated: 0, sessionsFinalized: 0, sessionsFailed: 0 });
  }
  return all;
}
