import type { ReactNode } from "react";
import type { Problem } from "../api/problem.js";
import { useWords } from "../i18n/words.js";
import { Empty, PageHead, Skeleton } from "./Page.js";
import { ProblemNote } from "./ProblemNote.js";
import { uiWords } from "./words.js";

/** A page of what there is of one kind: while it is read, where that fails, where there is none, and else its rows. */
export function ListPage<Row>(props: {
  title: string;
  sub?: ReactNode;
  parent?: { readonly to: string; readonly name: string };
  all: readonly Row[] | undefined;
  problem: Problem | undefined;
  reload: () => void;
  /** How there come to be more: beside the title, and below what is said where there is none. */
  create: ReactNode;
  none: string;
  noneHelp: ReactNode;
  /** Lines of the skeleton. */
  lines?: number;
  children: (all: readonly Row[]) => ReactNode;
  /** What is open over the page. */
  dialogs?: ReactNode;
}) {
  const { all, problem, create } = props;
  const say = useWords(uiWords);
  const hasSome = all !== undefined && all.length > 0;
  return (
    <div className="page">
      <PageHead title={props.title} sub={props.sub} {...(props.parent ? { parent: props.parent } : {})} actions={hasSome && create} />
      {problem && !all && <ProblemNote problem={problem} onRetry={props.reload} />}
      {!all && !problem && <Skeleton label={say("loading")} lines={props.lines ?? 4} />}
      {all?.length === 0 && (
        <Empty title={props.none} actions={create}>
          {props.noneHelp}
        </Empty>
      )}
      {hasSome && props.children(all)}
      {props.dialogs}
    </div>
  );
}
