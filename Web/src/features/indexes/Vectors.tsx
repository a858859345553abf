import { useEffect, useRef } from "react";
import type { IndexReply, IndexVectorsReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Icon } from "../../ui/Icon.js";
import { lastPart } from "../../ui/lastPart.js";
import { Section } from "../../ui/Page.js";
import { Progress, State } from "../../ui/State.js";
import { indexWords } from "./words.js";
import { Facts } from "../../ui/Facts.js";

/** Milliseconds between two looks while vectors are made; nothing tells of them. */
const LOOK = 2_000;
/** The same where the model does not answer: it is tried again each minute. */
const SLOW_LOOK = 15_000;

/** The model whose vectors an index is searched by, beside words, and how far they are. */
export function Vectors({ index, vectors, onLook }: { index: IndexReply; vectors: IndexVectorsReply; onLook: () => void }) {
  const say = useWords(indexWords);
  const sayServer = useServerSentence();
  const format = useFormat();
  const { passages } = index;
  const left = passages - vectors.embedded;
  const look = useRef(onLook);
  look.current = onLook;
  const pause = left <= 0 ? undefined : vectors.problem ? SLOW_LOOK : LOOK;
  useEffect(() => {
    if (pause === undefined) return;
    const timer = setInterval(() => document.visibilityState === "visible" && look.current(), pause);
    return () => clearInterval(timer);
  }, [pause]);
  const isOpen = left > 0;
  const tone = !isOpen ? "good" : vectors.problem ? "bad" : "running";
  const facts = [
    say("hasVectors", { n: format.number(vectors.embedded), all: format.number(passages) }),
    ...(vectors.dimensions ? [say("dimensions", { n: vectors.dimensions })] : []),
  ];
  return (
    <Section title={say("foundBy")}>
      <div className="card index-vectors">
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
      </div>
    </Section>
  );
}
