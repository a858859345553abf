import type { ReactNode } from "react";
import type { PipelineStepKind, PipelineStepStatus } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { StepSign } from "./StepSign.js";
import { pipelineWords } from "./words.js";

/** Steps along a line, in the order in which they run. */
export function StepList({ children }: { children: ReactNode }) {
  return <ol className="pipeline-steps">{children}</ol>;
}

/** One of them: its sign on the line, its name and kind, and what there is to say of it. */
export function StepCard(props: {
  id: string;
  kind: PipelineStepKind;
  number: number;
  status: PipelineStepStatus;
  state?: ReactNode;
  children: ReactNode;
}) {
  const say = useWords(pipelineWords);
  const kind = say(props.kind);
  return (
    <li className="pipeline-step" data-status={props.status} id={`step-${props.id}`}>
      <StepSign status={props.status} number={props.number} />
      <div className="card pipeline-card">
        <div className="pipeline-card-head">
          <h3>{kind}</h3>
          {props.id !== props.kind && <span className="pipeline-id">{props.id}</span>}
          <span className="pipeline-card-state">{props.state}</span>
        </div>
        {props.children}
      </div>
    </li>
  );
}
