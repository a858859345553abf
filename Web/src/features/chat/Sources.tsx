import { useState } from "react";
import type { SourceReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { IconButton } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { PassageCard } from "../indexes/PassageCard.js";
import { chatWords } from "./words.js";

/** What a reply was given to read, by number; each opens its passage. */
export function SourceList({ sources, onOpen }: { sources: readonly SourceReply[]; onOpen: (number: number) => void }) {
  const say = useWords(chatWords);
  return (
    <section className="chat-sources" aria-label={say("sources")}>
      <h3>{say("sources")}</h3>
      <ol>
        {sources.map((each) => (
          <li key={each.number}>
            <button type="button" className="chat-source" onClick={() => onOpen(each.number)}>
              <span className="chat-source-number number">{each.number}</span>
              <span className="chat-source-name">{each.document}</span>
              {each.passage.headings.length > 0 && <span className="chat-source-where">{each.passage.headings.join(" › ")}</span>}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** One passage, and the ones beside it. */
export function SourceDialog(props: { sources: readonly SourceReply[]; first: number; onClose: () => void }) {
  const { sources, first, onClose } = props;
  const say = useWords(chatWords);
  const [at, setAt] = useState(() => Math.max(0, sources.findIndex((each) => each.number === first)));
  const source = sources[at];
  if (!source) return null;
  const step = (by: number) => sources[at + by] && setAt(at + by);
  return (
    <Dialog
      title={say("sourceOf", { n: source.number, count: sources.length })}
      isWide
      onClose={onClose}
      actions={
        sources.length > 1 && (
          <>
            <IconButton icon="left" label={say("previousSource")} aria-disabled={at === 0 || undefined} onClick={() => step(-1)} />
            <IconButton icon="right" label={say("nextSource")} aria-disabled={at === sources.length - 1 || undefined} onClick={() => step(1)} />
          </>
        )
      }
    >
      <div aria-live="polite">
        <PassageCard passage={source.passage} document={source.document} />
      </div>
    </Dialog>
  );
}
