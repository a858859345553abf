import { useState } from "react";
import type { IndexReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { lastPart } from "../../ui/lastPart.js";
import { Section } from "../../ui/Page.js";
import { ChooseReranker } from "./ChooseReranker.js";
import { indexWords } from "./words.js";

/** Which model puts the passages of an index into their last order, if any; it may be changed at any time. */
export function Reranker({ index, onChanged }: { index: IndexReply; onChanged: () => void }) {
  const say = useWords(indexWords);
  const [isOpen, setOpen] = useState(false);
  const { reranker } = index;
  return (
    <Section title={say("order")}>
      <div className="card index-order">
        <p className="index-order-head">
          <strong title={reranker?.model}>
            {!reranker ? say("notReranked") : reranker.backend === "mock" ? say("backendMock") : lastPart(reranker.model)}
          </strong>
          {reranker && reranker.backend !== "mock" && <span>{reranker.backend}</span>}
        </p>
        <p className="field-help">{say(reranker ? "rerankedHelp" : "notRerankedHelp")}</p>
        <p>
          <Button onClick={() => setOpen(true)}>{say("changeOrder")}</Button>
        </p>
      </div>
      {isOpen && <ChooseReranker index={index} onClose={() => setOpen(false)} onChanged={onChanged} />}
    </Section>
  );
}
