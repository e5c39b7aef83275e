import type { ComponentChildren, JSX } from 'preact';

interface Props {
  readonly caption: string;
  readonly columns: readonly string[];
  /** Which columns hold numbers, of which the digits stand below one another. */
  readonly numbers?: readonly string[];
  readonly rows: ReadonlyArray<readonly ComponentChildren[]>;
}

/** A table whose first column names the row. */
export function DataTable({ caption, columns, numbers = columns.slice(1), rows }: Props): JSX.Element {
  const kind = (column: string | undefined): string | undefined =>
    column !== undefined && numbers.includes(column) ? 'number' : undefined;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={`Table: ${caption}`}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>{columns.map((name) => <th key={name} scope="col" class={kind(name)}>{name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells], row) => (
            <tr key={row}>
              <th scope="row">{name}</th>
              {cells.map((cell, column) => <td key={column} class={kind(columns[column + 1])}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A table that is out of the way until somebody wants it. */
export function Numbers(props: Props): JSX.Element {
  return (
    <details class="numbers">
      <summary>Show as a table<span class="visually-hidden">: {props.caption}</span></summary>
      <DataTable {...props} />
    </details>
  );
}
