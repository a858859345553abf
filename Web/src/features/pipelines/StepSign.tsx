import type { PipelineStepStatus } from "../../api/types.js";
import { Icon, type IconName } from "../../ui/Icon.js";

const SIGNS: Record<PipelineStepStatus, IconName | undefined> = {
  pending: undefined,
  running: "play",
  completed: "check",
  failed: "close",
  cancelled: "minus",
};

/** How a step stands, in a round sign: its shape says it as well as its colour, and words stand beside it. */
export function StepSign({ status, number }: { status: PipelineStepStatus; number?: number }) {
  const sign = SIGNS[status];
  return (
    <span className="pipeline-sign" data-status={status} aria-hidden="true">
      {sign ? <Icon name={sign} size={12} /> : (number ?? "")}
    </span>
  );
}
