import { useEffect, useRef, useState } from "react";
import type { IndexReply, IndexVectorsReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Facts } from "../../ui/Facts.js";
import { Icon } from "../../ui/Icon.js";
import { lastPart } from "../../ui/lastPart.js";
import { Section } from "../../ui/Page.js";
import { Progress, State } from "../../ui/State.js";
import { ChooseEmbedding } from "./ChooseEmbedding.js";
import { NextVectors } from "./NextVectors.js";
import { indexWords } from "./words.js";

/** Milliseconds between two looks while vectors are made; nothing tells of them. */
const LOOK = 2_000;
/** The same where the model does not answer: it is tried again each minute. */
const SLOW_LOOK = 15_000;

/** How soon an index is to be looked at again; never where nothing of it changes by itself. */
function pauseOf({ passages, vectors, next_vectors: next }: IndexReply): number | undefined {
  if (next && next.state === "making") return next.problem ? SLOW_LOOK : LOOK;
  if (!vectors || vectors.embedded >= passages) return undefined;
  return vectors.problem ? SLOW_LOOK : LOOK;
}

/** The model whose vectors an index is searched by, beside words, how far they are, and the one it is to have. */
export function Vectors({ index, onLook }: { index: IndexReply; onLook: () => void }) {
  const say = useWords(indexWords);
  const [isOpen, setOpen] = useState(false);
  const { vectors, next_vectors: next } = index;
  const look = useRef(onLook);
  look.current = onLook;
  const pause = pauseOf(index);
  useEffect(() => {
    if (pause === undefined) return;
    const timer = setInterval(() => document.visibilityState === "visible" && look.current(), pause);
    return () => clearInterval(timer);
  }, [pause]);
  return (
    <Section title={say("foundBy")}>
      <div className="card index-vectors">
        {vectors ? (
          <Standing index={index} vectors={vectors} />
        ) : (
          <>
            <p className="index-vectors-head">
              <strong>{say("byWords")}</strong>
            </p>
            <p className="field-help">{say("byWordsHelp")}</p>
          </>
        )}
        {next ? (
          <NextVectors index={index} next={next} onChanged={onLook} />
        ) : (
          <p>
            <Button onClick={() => setOpen(true)}>{say(vectors ? "changeModel" : "chooseModel")}</Button>
          </p>
        )}
      </div>
      {isOpen && <ChooseEmbedding index={index} onClose={() => setOpen(false)} onChanged={onLook} />}
    </Section>
  );
}

function Standing({ index: { passages }, vectors }: { index: IndexReply; vectors: IndexVectorsReply }) {
  const say = useWords(indexWords);
  const sayServer = useServerSentence();
  const format = useFormat();
  const isOpen = vectors.embedded < passages;
  const tone = !isOpen ? "good" : vectors.problem ? "bad" : "running";
  const facts = [
    say("hasVectors", { n: format.number(vectors.embedded - (vectors.refused ?? 0)), all: format.number(passages) }),
    ...(vectors.dimensions ? [say("dimensions", { n: vectors.dimensions })] : []),
  ];
  return (
    <>
      <p className="index-vectors-head">
        <strong title={vectors.model}>{vectors.backend === "mock" ? say("backendMock") : lastPart(vectors.model)}</strong>
        {vectors.backend !== "mock" && <span>{vectors.backend === "local" ? say("backendLocal") : vectors.backend}</span>}
        <State tone={passages === 0 ? "idle" : tone}>
          {say(passages === 0 ? "vectorsNone" : !isOpen ? "vectorsReady" : vectors.problem ? "vectorsStopped" : "vectorsGoing")}
        </State>
      </p>
      {isOpen && <Progress value={vectors.embedded / passages} label={facts.join(" · ")} />}
      {passages > 0 && <p className="field-help number"><Facts of={facts} /></p>}
      {isOpen && vectors.problem && (
        <div className="note note-bad">
          <Icon name="warning" />
          <div>
            <p>{sayServer(vectors.problem)}</p>
            <p className="note-hint">{say("vectorsAgain")}</p>
          </div>
        </div>
      )}
    </>
  );
}
