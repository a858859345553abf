import { useState, type ReactNode } from "react";
import { Choice } from "./Choice.js";
import { Empty } from "./Page.js";

/** A list of which one sort is seen: the choice of it, each sort with its count, and the rows of the chosen one. */
export function Filtered<Row, Sort extends string>(props: {
  /** What the choice is called. */
  label: string;
  all: readonly Row[];
  /** In the order of the choice; the first is chosen at first. */
  sorts: Readonly<Record<Sort, (row: Row) => boolean>>;
  nameOf: (sort: Sort) => string;
  /** Said where there are none of the chosen sort. */
  none: string;
  children: (shown: readonly Row[]) => ReactNode;
}) {
  const { all, sorts, nameOf } = props;
  const names = Object.keys(sorts) as Sort[];
  const [chosen, setChosen] = useState(names[0] as Sort);
  const shown = all.filter(sorts[chosen]);
  return (
    <>
      <Choice
        label={props.label}
        value={chosen}
        onChoose={setChosen}
        options={names.map((each) => ({ value: each, label: nameOf(each), count: all.filter(sorts[each]).length }))}
      />
      {shown.length === 0 ? <Empty title={props.none} /> : props.children(shown)}
    </>
  );
}
