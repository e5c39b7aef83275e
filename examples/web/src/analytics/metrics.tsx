import type { ChartConfiguration } from 'chart.js';
import type { JSX } from 'preact';
import type { AnalyticsMetrics } from 'upload-sessions-sdk';

import * as words from '../shared/words.js';
import { Chart, type Palette } from './chart.js';
import { Numbers } from './data-table.js';

/** How many sessions succeeded, and how long they took. */
export function Metrics({ metrics }: { metrics: AnalyticsMetrics }): JSX.Element {
  return (
    <div class="metrics">
      <SuccessRate metrics={metrics} />
      <UploadTimes metrics={metrics} />
    </div>
  );
}

function SuccessRate({ metrics }: { metrics: AnalyticsMetrics }): JSX.Element {
  const { sessionsCreated, sessionsFinalized, sessionsFailed, sessionsOpen, successRate } = metrics;
  const parts = [
    { name: 'Finalized', count: sessionsFinalized, color: 'good' },
    { name: 'Failed', count: sessionsFailed, color: 'bad' },
    { name: 'Open', count: sessionsOpen, color: 'warn' },
  ] as const;
  const configure = (palette: Palette): ChartConfiguration<'doughnut'> => ({
    type: 'doughnut',
    data: {
      labels: parts.map(({ name }) => name),
      datasets: [
        {
          data: parts.map(({ count }) => count),
          backgroundColor: parts.map(({ color }) => palette[color]),
          borderColor: palette.surface,
          // A gap between parts, and none in a ring of one part.
          borderWidth: parts.filter(({ count }) => count > 0).length > 1 ? 2 : 0,
        },
      ],
    },
    options: { cutout: '76%', plugins: { legend: { display: false } } },
  });
  return (
    <section class="card" aria-labelledby="success">
      <h2 id="success">Success rate</h2>
      <div class="success">
        <div class="success-ring">
          <Chart label={`Success rate ${words.share(successRate)}`} configure={configure} data={metrics} height={176} />
          <p class="success-rate">{words.share(successRate)}</p>
        </div>
        <dl class="counts">
          <div><dt>Sessions</dt><dd>{words.count(sessionsCreated)}</dd></div>
          {parts.map(({ name, count, color }) => (
            <div key={name}><dt><span class={`dot ${color}`} />{name}</dt><dd>{words.count(count)}</dd></div>
          ))}
        </dl>
      </div>
    </section>
  );
}

function UploadTimes({ metrics }: { metrics: AnalyticsMetrics }): JSX.Element {
  const times = [
    { name: 'Average', value: metrics.averageUploadTimeMs },
    { name: 'Median', value: metrics.p50UploadTimeMs },
    { name: '95 % within', value: metrics.p95UploadTimeMs },
  ];
  const unit = words.unitOf(Math.max(...times.map(({ value }) => value ?? 0)));
  const configure = ({ accent }: Palette): ChartConfiguration<'bar'> => ({
    type: 'bar',
    data: {
      labels: times.map(({ name, value }) => [name, words.milliseconds(value)]),
      datasets: [
        {
          data: times.map(({ value }) => value && value / unit.milliseconds),
          backgroundColor: accent,
          borderRadius: 6,
          maxBarThickness: 26,
        },
      ],
    },
    options: {
      indexAxis: 'y',
      plugins: {
        legend: { display: false },
        tooltip: { enabled: false },
      },
      scales: {
        x: { beginAtZero: true, ticks: { maxTicksLimit: 6, callback: (value) => `${value} ${unit.name}` } },
        y: { grid: { display: false }, ticks: { autoSkip: false } },
      },
    },
  });
  return (
    <section class="card" aria-labelledby="times">
      <h2 id="times">Upload times</h2>
      <Chart label="Average, median and 95th percentile of the upload times" configure={configure} data={metrics} height={180} />
      <Numbers
        caption="Upload times"
        columns={['Measure', 'Time']}
        rows={times.map(({ name, value }) => [name, words.milliseconds(value)])}
      />
    </section>
  );
}
