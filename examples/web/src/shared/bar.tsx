import type { JSX } from 'preact';

interface Props {
  readonly label: string;
  readonly done: number;
  /** What is being sent and not stored yet. */
  readonly underWay: number;
  readonly total: number;
}

/** A bar of what is done and, paler, of what is under way. */
export function Bar({ label, done, underWay, total }: Props): JSX.Element {
  return (
    <div class="bar" style={{ '--done': done / total, '--under-way': underWay / total }}>
      <progress aria-label={label} value={done} max={total} />
    </div>
  );
}
