import type { ReactNode } from "react";
import { useFormat } from "../i18n/format.js";

export interface Column<Row> {
  /** Its head; on a phone it stands beside each of its values. */
  readonly title: string;
  /** A number, which stands at the end of its cell. */
  readonly isNumber?: boolean;
  readonly className?: string;
  readonly cell: (row: Row) => ReactNode;
}

/** Things in rows, the first column being what they are called; on a phone each row is a card. */
export function Table<Row>(props: {
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  columns: readonly Column<Row>[];
  /** What can be done with a row, at its end. */
  actions?: (row: Row) => ReactNode;
  /** What it is, for who cannot see where it stands. */
  caption?: string;
  className?: string;
}) {
  const { rows, keyOf, columns, actions } = props;
  return (
    <div className={props.className ? `table-wrap ${props.className}` : "table-wrap"}>
      <table className="table table-stack">
        {props.caption && <caption className="visually-hidden">{props.caption}</caption>}
        <thead>
          <tr>
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" className={isNumber ? "number" : undefined}>
                {title}
              </th>
            ))}
            {actions && <td />}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, isNumber, className, cell }, place) => (
                <td key={title} className={className ?? (isNumber ? "number" : undefined)} data-label={place > 0 ? title : undefined}>
                  {cell(row)}
                </td>
              ))}
              {actions && (
                <td>
                  <div className="table-actions">{actions(row)}</div>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How long ago something was; when exactly, for who asks. */
export function Ago({ at }: { at: string }) {
  const format = useFormat();
  return (
    <time dateTime={at} title={format.dateTime(at)}>
      {format.ago(at)}
    </time>
  );
}
