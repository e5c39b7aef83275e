import type { ComponentChildren, JSX } from 'preact';

interface Props {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<readonly ComponentChildren[]>;
}

/** A table whose first column names the row; the other columns are numbers. */
export function DataTable({ caption, columns, rows }: Props): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={`Table: ${caption}`}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells], row) => (
            <tr key={row}>
              <th scope="row">{name}</th>
              {cells.map((cell, column) => <td key={column}>{cell}</td>)}
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
