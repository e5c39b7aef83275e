// An answer of the analytics as a picture: what became of the sessions of each day, and why some of them failed.
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

const WIDTH = 640;
const DAY = 86_400_000;
/** There is room for the names of so many days. */
const NAMED_DAYS = 12;
const INK = '#1b2330';
const FAINT = '#5b6675';

/** Colours that are told apart by everybody, in the order they are stacked. */
const FATES = { finalized: '#2f6fb5', open: '#b9c3cf', failed: '#d1602a' };

/** The SVG of an answer about a period. */
export function draw(analytics, period) {
  const { spec } = compile(specification(analytics, period));
  return new View(parse(spec), { renderer: 'none' }).toSVG();
}

function specification({ metrics, series, failurePoints }, period) {
  const days = series.flatMap(({ date, sessionsCreated, sessionsFinalized: finalized, sessionsFailed: failed }) =>
    Object.entries({ finalized, open: sessionsCreated - finalized - failed, failed }).map(
      ([fate, sessions], order) => ({ date, fate, sessions, order }),
    ),
  );
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: {
      text: headline(metrics),
      subtitle: subtitle(metrics, period),
      anchor: 'start',
      frame: 'group',
      offset: 16,
    },
    description: `${headline(metrics)}. ${subtitle(metrics, period).join('. ')}`,
    background: 'white',
    padding: 20,
    spacing: 28,
    resolve: { legend: { color: 'independent' } },
    vconcat: [byDay(days, period), byReason(failurePoints)],
    config: {
      font: 'Helvetica, Arial, sans-serif',
      title: { fontSize: 20, subtitleFontSize: 13, color: INK, subtitleColor: FAINT, subtitlePadding: 6 },
      axis: {
        labelColor: FAINT,
        titleColor: FAINT,
        titleFontWeight: 'normal',
        gridColor: '#e8ebef',
        domain: false,
        ticks: false,
        labelPadding: 6,
      },
      legend: { labelColor: INK, title: null, orient: 'bottom', offset: 10, symbolType: 'square', labelFontSize: 12 },
      view: { stroke: null },
    },
  };
}

/** A stacked bar for each day, above its name. */
function byDay(values, period) {
  const days = daysOf(period);
  return {
    title: heading('Sessions by the day they were created'),
    width: WIDTH,
    height: 200,
    data: { values },
    mark: { type: 'bar', width: { band: 0.8 } },
    encoding: {
      x: {
        field: 'date',
        type: 'ordinal',
        scale: { domain: days, padding: 0 },
        axis: {
          title: null,
          values: days.filter((_, index) => index % Math.ceil(days.length / NAMED_DAYS) === 0),
          labelExpr: "utcFormat(toDate(datum.value), '%-d %b')",
          labelAngle: 0,
        },
      },
      y: { field: 'sessions', type: 'quantitative', axis: { title: null, tickCount: 4, format: ',d', tickMinStep: 1 } },
      color: { field: 'fate', type: 'nominal', scale: { domain: Object.keys(FATES), range: Object.values(FATES) } },
      order: { field: 'order' },
    },
  };
}

/** The days of a period in UTC, with those on which nothing happened. */
function daysOf(period) {
  const days = [];
  for (let time = new Date(period.from).setUTCHours(0, 0, 0, 0); time <= lastMoment(period); time += DAY) {
    days.push(new Date(time).toISOString().slice(0, 10));
  }
  return days;
}

/** A period ends before its `to`: at midnight it does not have the day that begins. */
function lastMoment({ from, to }) {
  return Math.max(Date.parse(from), Date.parse(to) - 1);
}

/** A bar for each of the most common reasons, below the reason, the last step and the numbers. */
function byReason(points) {
  const values = points.slice(0, 8).map(({ reason, step, count, share }) => ({
    label: `${reason}, after ${step.replaceAll('_', ' ')}: ${count.toLocaleString('en')} (${percent(share)})`,
    count,
  }));
  const y = { field: 'label', type: 'nominal', sort: null, axis: null };
  const x = { field: 'count', type: 'quantitative', axis: null };
  return {
    title: heading(values.length > 0 ? 'Why sessions failed' : 'No session failed'),
    width: WIDTH,
    height: { step: 36 },
    data: { values },
    layer: [
      {
        mark: { type: 'text', align: 'left', yOffset: -6, limit: WIDTH, color: INK, fontSize: 12 },
        encoding: { y, x: { value: 0 }, text: { field: 'label' } },
      },
      { mark: { type: 'bar', yOffset: 8, height: 10, color: FATES.failed }, encoding: { y, x } },
    ],
  };
}

function heading(text) {
  return { text, fontSize: 14, anchor: 'start', frame: 'group', color: INK, offset: 10 };
}

function headline({ successRate, sessionsCreated }) {
  const sessions = sessionsCreated === 1 ? '1 session' : `${sessionsCreated.toLocaleString('en')} sessions`;
  return successRate === null ? 'No session was created' : `${percent(successRate)} of ${sessions} succeeded`;
}

/** Two lines, as the width of a text is only estimated where there is no screen. */
function subtitle({ sessionsFailed, sessionsOpen, p50UploadTimeMs, p95UploadTimeMs }, period) {
  const counts = `${day(period.from)} to ${day(lastMoment(period))}: ${sessionsFailed.toLocaleString('en')} failed, ${sessionsOpen.toLocaleString('en')} open`;
  if (p50UploadTimeMs === null || p95UploadTimeMs === null) {
    return [counts];
  }
  return [counts, `Half took up to ${duration(p50UploadTimeMs)}, 95 % up to ${duration(p95UploadTimeMs)}`];
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function duration(milliseconds) {
  return milliseconds < 120_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${(milliseconds / 60_000).toFixed(1)} min`;
}

function day(time) {
  return new Date(time).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
}
