const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const timeOfDay = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23', timeZone: 'UTC' });

/** A number of bytes, in the decimal units that file managers show. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = count < 1000 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), units.length - 1);
  const value = count / 1000 ** power;
  return `${value < 10 ? number.format(value) : Math.round(value)} ${units[power]}`;
}

/** A duration in the one or two units that matter. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) {
    return plural(whole, 'second');
  }
  const minutes = Math.round(whole / 60);
  if (minutes < 60) {
    return plural(minutes, 'minute');
  }
  const rest = minutes % 60;
  return `${plural(Math.floor(minutes / 60), 'hour')}${rest > 0 ? ` ${plural(rest, 'minute')}` : ''}`;
}

/** A short duration for charts and tables, given in milliseconds. */
export function milliseconds(value: number | null): string {
  if (value === null) {
    return '–';
  }
  const { name, milliseconds: size } = unitOf(value);
  return `${number.format(size === 1 ? Math.round(value) : value / size)} ${name}`;
}

/** The unit in which people would give a duration. */
export function unitOf(milliseconds: number): { readonly name: string; readonly milliseconds: number } {
  if (milliseconds < 1000) {
    return { name: 'ms', milliseconds: 1 };
  }
  return milliseconds < 120_000 ? { name: 's', milliseconds: 1000 } : { name: 'min', milliseconds: 60_000 };
}

/** A countdown: `29:41`, or `1:02:03` from an hour on. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}

export function plural(count: number, noun: string): string {
  return `${number.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function count(value: number): string {
  return number.format(value);
}

export function share(value: number | null): string {
  return value === null ? '–' : `${number.format(100 * value)} %`;
}

/** How much of something is done; less than all of it is never rounded up to that. */
export function percent(part: number): string {
  return `${Math.floor(100 * part)} %`;
}

export function clock(time: string | number): string {
  return timeOfDay.format(new Date(time));
}

/** A moment in UTC, as the days of the analytics are. */
export function date(time: string): string {
  return moment.format(new Date(time));
}

const dayOfMonth = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** A date without time, such as `2026-01-25`. */
export function day(date: string): string {
  return dayOfMonth.format(new Date(date));
}

/** A machine's `snake_case` as people write it. */
export function spaced(name: string): string {
  const text = name.replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A map, because a client may give a reason that every object has a property for, such as `constructor`. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['expired', 'Session expired'],
  ['hash_mismatch', 'Content not as declared'],
]);

/** Why a session failed; clients give reasons of their own. */
export function reason(name: string): string {
  return reasons.get(name) ?? spaced(name);
}
