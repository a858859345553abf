import { useEffect, useState } from "react";
import { ask, isAbort } from "../../api/client.js";
import type { TaskEstimateReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Icon } from "../../ui/Icon.js";
import { Skeleton } from "../../ui/Page.js";
import { uiWords } from "../../ui/words.js";
import { request, type Draft } from "./draft.js";
import { estimateWords } from "./estimateWords.js";
import { count, rounded } from "./figures.js";

/** What a draft would do and take, a moment after it was last changed; what is wrong with it is said elsewhere. */
export function useEstimate(draft: Draft, isCluster: boolean): { readonly made: TaskEstimateReply | undefined; readonly isStale: boolean } {
  const [made, setMade] = useState<TaskEstimateReply>();
  const [isStale, setStale] = useState(false);
  const isReady = draft.model.trim() !== "" && draft.datasets.length > 0;
  const wanted = JSON.stringify(request({ ...draft, name: "estimate" }, isCluster));
  useEffect(() => {
    if (!isReady) {
      setMade(undefined);
      setStale(false);
      return;
    }
    setStale(true);
    const end = new AbortController();
    const timer = setTimeout(() => {
      ask("POST /api/tasks/estimate", { body: JSON.parse(wanted) as never, signal: end.signal }).then(
        (reply) => {
          setMade(reply);
          setStale(false);
        },
        (error: unknown) => {
          if (!isAbort(error)) setStale(false);
        },
      );
    }, 400);
    return () => {
      clearTimeout(timer);
      end.abort();
    };
  }, [wanted, isReady]);
  return { made, isStale };
}

export function Estimate({ made, isStale, cutoff }: { made: TaskEstimateReply | undefined; isStale: boolean; cutoff: string }) {
  const say = useWords(estimateWords);
  const sayUI = useWords(uiWords);
  return (
    <section className="card estimate" aria-label={say("title")}>
      <h2>{say("title")}</h2>
      {made ? (
        <Figures made={made} isStale={isStale} cutoff={Number(cutoff)} />
      ) : isStale ? (
        <Skeleton label={sayUI("loading")} />
      ) : (
        <p className="page-sub">{say("wait")}</p>
      )}
    </section>
  );
}

function Figures({ made, isStale, cutoff }: { made: TaskEstimateReply; isStale: boolean; cutoff: number }) {
  const say = useWords(estimateWords);
  const format = useFormat();
  const { memory, disk } = made;
  return (
    <div className="estimate-all" data-stale={isStale}>
      <dl className="facts">
        <div>
          <dt>{say("steps")}</dt>{" "}
          <dd>
            {format.number(made.steps)} <small>{say("stepsEach", { n: format.number(made.steps_per_epoch) })}</small>
          </dd>
        </div>
        <div>
          <dt>{say("time")}</dt>{" "}
          <dd>
            {made.time ? format.duration(made.time.seconds) : say("timeUnknown")}{" "}
            {made.time && <small>{say("timeSeen", { n: made.time.trainings })}</small>}
          </dd>
        </div>
        {made.tokens != null && (
          <div>
            <dt>{say("tokens")}</dt>{" "}
            <dd>{format.number(rounded(made.tokens))}</dd>
          </div>
        )}
        {made.trained != null && made.parameters != null && (
          <div>
            <dt>{say("trained")}</dt>{" "}
            <dd>
              {count(made.trained)} <small>{say("trainedOf", { n: count(made.parameters) })}</small>
            </dd>
          </div>
        )}
        {memory && (
          <div>
            <dt>{say("memory")}</dt>{" "}
            <dd>
              {format.bytes(memory.total)} {memory.available != null && <small>{say("of", { n: format.bytes(memory.available) })}</small>}
            </dd>
          </div>
        )}
        {disk && (
          <div>
            <dt>{say("disk")}</dt>{" "}
            <dd>
              {format.bytes(disk.total)} {disk.free != null && <small>{say("of", { n: format.bytes(disk.free) })}</small>}
            </dd>
          </div>
        )}
      </dl>
      {memory ? (
        <p className="field-help">
          {say("parts", {
            weights: format.bytes(memory.weights),
            training: format.bytes(memory.training),
            activations: format.bytes(memory.activations),
            overhead: format.bytes(memory.overhead),
          })}{" "}
          {disk && say(disk.checkpoints > 0 ? "checkpoints" : "noCheckpoints", { n: disk.checkpoints, size: format.bytes(disk.checkpoint), result: format.bytes(disk.result) })}
          {" "}
          {say("error", { n: memory.error_percent })} {memory.available == null && say("unknownDevice")}
        </p>
      ) : (
        <p className="field-help">{say("unknownModel")}</p>
      )}
      <div role="status" className="estimate-warnings">
        {made.cut_rows != null && made.cut_rows > 0 && (
          <p className="estimate-cut">
            <Icon name="warning" /> {say("cut", { n: made.cut_rows, limit: format.number(cutoff) })}
          </p>
        )}
        <FitWarning made={made} />
        {disk && (disk.fit === "exceeds" || disk.fit === "tight") && (
          <div className="note note-warn">
            <Icon name="warning" />
            <div>
              {say(disk.fit === "exceeds" ? "diskFull" : "diskTight", {
                host: made.host_name,
                has: format.bytes(disk.free ?? 0),
                need: format.bytes(disk.total),
              })}
            </div>
          </div>
        )}
      </div>
    </div>
  );
}

/** That it will hardly fit into the memory there is, and what would help; nothing where it fits. */
export function FitWarning({ made }: { made: TaskEstimateReply | undefined }) {
  const say = useWords(estimateWords);
  const format = useFormat();
  const memory = made?.memory;
  if (!memory || (memory.fit !== "exceeds" && memory.fit !== "tight")) return null;
  const device = made.gpu ? say("gpu", { name: made.gpu, host: made.host_name }) : say("processor", { host: made.host_name });
  return (
    <div className="note note-warn">
      <Icon name="warning" />
      <div>
        <p>
          {say(memory.fit === "exceeds" ? "tooMuch" : "tight", {
            need: format.bytes(memory.total),
            has: format.bytes(memory.available ?? 0),
            device,
          })}
        </p>
        {made.cures.length > 0 && (
          <>
            <p>{say("cures")}</p>
            <ul>
              {made.cures.map((cure) => (
                <li key={cure.kind}>{say(cure.kind, { need: format.bytes(cure.total) })}</li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}
