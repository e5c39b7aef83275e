import type { ChartConfiguration } from 'chart.js';
import type { JSX } from 'preact';
import type { FailurePoint } from 'upload-sessions-sdk';

import * as words from '../shared/words.js';
import { Chart, type Palette } from './chart.js';
import { DataTable } from './data-table.js';

/** More bars than this are no picture; the table has them all. */
const BARS = 8;

/** The heights, in pixels, of a bar, of its label above it, where phones have the room, and of both with the space around. */
const BAR = 14;
const LABEL = 44;
const ROW = 68;

/** Why and after which step sessions failed. */
export function FailurePoints({ points }: { points: readonly FailurePoint[] }): JSX.Element {
  const drawn = points.slice(0, BARS);
  const configure = ({ bad }: Palette): ChartConfiguration<'bar'> => ({
    type: 'bar',
    data: {
      labels: drawn.map(({ reason, step }) => [shortened(words.reason(reason)), `after ${words.spaced(step).toLowerCase()}`]),
      datasets: [
        {
          label: 'Sessions',
          data: drawn.map(({ count }) => count),
          backgroundColor: bad,
          borderRadius: 6,
          barThickness: BAR,
        },
      ],
    },
    options: {
      indexAxis: 'y',
      plugins: { legend: { display: false } },
      layout: { padding: { top: (BAR + 2 * LABEL - ROW) / 2 } },
      scales: {
        x: { beginAtZero: true, ticks: { precision: 0, maxTicksLimit: 6 } },
        y: {
          grid: { display: false },
          ticks: { autoSkip: false, mirror: true, padding: 4, labelOffset: -(BAR + LABEL) / 2 },
        },
      },
    },
  });
  return (
    <section class="card" aria-labelledby="failures">
      <h2 id="failures">Where sessions fail</h2>
      {points.length === 0 ? (
        <p class="muted">No session of this period has failed.</p>
      ) : (
        <div class="failures">
          <Chart label="The most common points of failure" configure={configure} data={points} height={40 + ROW * drawn.length} />
          <DataTable
            caption="Points of failure"
            columns={['Reason', 'Last step', 'Sessions', 'Share']}
            numbers={['Sessions', 'Share']}
            rows={points.map(({ reason, step, count, share }) => [
              words.reason(reason),
              words.spaced(step),
              words.count(count),
              words.share(share),
            ])}
          />
        </div>
      )}
    </section>
  );
}

function shortened(text: string): string {
  return text.length > 28 ? `${text.slice(0, 27)}…` : text;
}
