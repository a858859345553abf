import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { ask, asProblem, open } from "../../api/client.js";
import { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import { readEvents } from "../../api/sse.js";
import type { HostSetupLogReply, HostSetupReply, HostSetupState } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { Facts } from "../../ui/Facts.js";
import { Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { Progress, State, type Tone } from "../../ui/State.js";
import { uiWords } from "../../ui/words.js";
import { LogText } from "../tasks/LogText.js";
import { hostWords } from "./words.js";

const TONES: Record<HostSetupState, Tone> = {
  never: "idle",
  running: "running",
  completed: "good",
  failed: "bad",
  stopped: "idle",
  lost: "bad",
};
const PHASES = ["check", "environment", "torch", "packages", "fit", "try", "ready"] as const;

/** The installation of LLaMA-Factory on a host: what it does, its log as it comes, and its end. */
export function Setup({ hostID, hasTrainer, onEnd }: { hostID: string; hasTrainer: boolean; onEnd: () => void }) {
  const say = useWords(hostWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const path = { host_id: hostID };
  const setup = useResource("GET /api/hosts/{host_id}/setup", { path });
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);
  const [isStopping, setStopping] = useState(false);
  const state = setup.data;
  const blocks = useSetupLog(hostID, state, setup.show, onEnd);

  const start = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      setup.show(await ask("POST /api/hosts/{host_id}/setup", { path }));
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const isRunning = state?.state === "running";
  const phase = PHASES.find((each) => each === state?.phase);
  const line = [
    phase && state?.state !== "never" ? say(`phase_${phase}`) : "",
    isRunning && state.step && state.steps ? say("stepOf", { step: state.step, steps: state.steps }) : "",
    isRunning && typeof state.done === "number" && state.total ? say("doneOf", { done: state.done, total: state.total }) : "",
    state?.ended_at ? say("ended", { ago: format.ago(state.ended_at) }) : "",
  ].filter(Boolean);

  return (
    <Section
      title={say("setup")}
      id="setup"
      actions={
        isRunning ? (
          <Button icon="stop" onClick={() => setStopping(true)}>
            {say("setupStop")}
          </Button>
        ) : (
          state && (
            <Button icon="download" isBusy={isBusy} look={hasTrainer ? "plain" : "primary"} onClick={() => void start()}>
              {say(state.state === "never" && !hasTrainer ? "setupStart" : "setupAgain")}
            </Button>
          )
        )
      }
    >
      <p className="page-sub">{say("setupHelp")}</p>
      {problem && <ProblemNote problem={problem} />}
      {setup.problem && !state && <ProblemNote problem={setup.problem} onRetry={setup.reload} />}
      {!state && !setup.problem && <Skeleton label={sayUI("loading")} lines={2} />}
      {state && state.state !== "never" && (
        <div className="card host-setup">
          <div className="host-setup-state" role="status">
            <State tone={TONES[state.state]}>{say(`state_${state.state}`)}</State>
            <span className="page-sub number"><Facts of={line} /></span>
          </div>
          {isRunning && <Progress label={say("state_running")} value={shareOf(state)} />}
          {state.problem && <ProblemNote problem={new Problem(state.code ?? "failed", state.problem, 0, state.hint ?? undefined)} />}
          <SetupLog blocks={blocks} />
        </div>
      )}
      {isStopping && (
        <Confirm
          title={say("setupStopIt")}
          action={say("setupStop")}
          onClose={() => setStopping(false)}
          onConfirm={async () => setup.show(await ask("DELETE /api/hosts/{host_id}/setup", { path }))}
        >
          <p>{say("setupStopHelp")}</p>
        </Confirm>
      )}
    </Section>
  );
}

/** How far the whole of it is, from its steps and, within the packages, from their number. */
function shareOf(state: HostSetupReply): number | undefined {
  if (!state.steps || !state.step) return undefined;
  const within = typeof state.done === "number" && state.total ? state.done / state.total : 0;
  return Math.min(1, (state.step - 1 + within) / state.steps);
}

/** Follows an installation's log from its first byte, through cuts of the connection, until it has ended. */
function useSetupLog(hostID: string, state: HostSetupReply | undefined, show: (state: HostSetupReply) => void, onEnd: () => void) {
  const [blocks, setBlocks] = useState<readonly string[]>([]);
  const latest = useRef({ show, onEnd });
  latest.current = { show, onEnd };
  const begun = state && state.state !== "never" ? (state.started_at ?? "") : undefined;
  useEffect(() => {
    if (begun === undefined) return;
    const abort = new AbortController();
    void follow(hostID, abort.signal, setBlocks, (next, isEnd) => {
      latest.current.show(next);
      if (isEnd) latest.current.onEnd();
    });
    return () => abort.abort();
  }, [hostID, begun]);
  return blocks;
}

async function follow(
  hostID: string,
  signal: AbortSignal,
  onBlocks: (blocks: readonly string[]) => void,
  onState: (state: HostSetupReply, isEnd: boolean) => void,
): Promise<void> {
  let log = new LogText();
  let offset = 0;
  onBlocks([]);
  while (!signal.aborted) {
    try {
      const answer = await open("GET /api/hosts/{host_id}/setup/stream", { path: { host_id: hostID }, query: { from: offset }, signal });
      for await (const { event, data } of readEvents(answer.body as ReadableStream<Uint8Array>)) {
        if (signal.aborted) return;
        if (event === "log") {
          const piece = JSON.parse(data) as HostSetupLogReply;
          // Another installation has begun: its log starts anew.
          if (piece.offset < offset) log = new LogText();
          offset = piece.next_offset;
          log.add(piece.logs);
          onBlocks(log.blocks());
        } else {
          onState(JSON.parse(data) as HostSetupReply, event === "end");
          if (event === "end") return;
        }
      }
    } catch {
      // The server or the host is away: it goes on where it was.
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

function SetupLog({ blocks }: { blocks: readonly string[] }) {
  const say = useWords(hostWords);
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && isAtEnd) element.scrollTop = element.scrollHeight;
  }, [blocks, isAtEnd]);
  return (
    <div className="host-log-frame">
      <div
        ref={scroller}
        className="host-log"
        role="region"
        aria-label={say("setupLog")}
        tabIndex={0}
        lang="en"
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          setAtEnd(scrollHeight - scrollTop - clientHeight < 24);
        }}
      >
        {blocks.length === 0 && <p className="host-log-none">{say("setupNoLog")}</p>}
        {blocks.map((block, index) => (
          <pre key={index}>{block}</pre>
        ))}
      </div>
      {!isAtEnd && (
        <Button className="host-log-end" icon="down" onClick={() => setAtEnd(true)}>
          {say("toEnd")}
        </Button>
      )}
    </div>
  );
}
