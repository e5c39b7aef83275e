import type { JSX } from 'preact';

import { Icon } from '../shared/icons.js';
import { days, load, loading } from './store.js';

const periods: ReadonlyArray<{ readonly label: string; readonly days: number | undefined }> = [
  { label: '7 days', days: 7 },
  { label: '30 days', days: 30 },
  { label: '90 days', days: 90 },
  { label: 'All', days: undefined },
];

/** Chooses the period, and asks again. */
export function Toolbar(): JSX.Element {
  return (
    <div class="toolbar">
      <fieldset class="segments">
        <legend class="visually-hidden">Period</legend>
        {periods.map((period) => (
          <label key={period.label}>
            <input
              type="radio"
              name="period"
              checked={days.value === period.days}
              onChange={() => (days.value = period.days)}
            />
            <span>{period.label}</span>
          </label>
        ))}
      </fieldset>
      <button type="button" class="button" onClick={load} aria-busy={loading.value}>
        <Icon name="refresh" />
        <span class="toolbar-words">Refresh</span>
      </button>
    </div>
  );
}
