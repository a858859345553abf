import { useRef, useState } from "react";
import { asProblem } from "./client.js";
import type { Problem } from "./problem.js";

/** Something that is sent when a person says so. */
export interface Submission {
  readonly isBusy: boolean;
  /** Why the last one came to nothing, until another is begun. */
  readonly problem: Problem | undefined;
  /** Does `work`, unless something is under way; what it throws is the problem. */
  send(work: () => Promise<unknown>): Promise<void>;
}

/** What a form sends: one at a time. */
export function useSubmission(): Submission {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const isSending = useRef(false);
  const send = async (work: () => Promise<unknown>) => {
    if (isSending.current) return;
    isSending.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(asProblem(error));
    }
    isSending.current = false;
    setBusy(false);
  };
  return { isBusy, problem, send };
}
