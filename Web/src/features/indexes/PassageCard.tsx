import type { PassageReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { indexWords } from "./words.js";

/** A passage as it stands in its document, under its titles. */
export function PassageCard(props: { passage: PassageReply; document?: string; number?: number; ranks?: string }) {
  const { passage, document, number, ranks } = props;
  const say = useWords(indexWords);
  return (
    <article className="index-passage">
      <header className="index-passage-head">
        {number !== undefined && <span className="index-passage-number number">{number}</span>}
        <Where passage={passage} {...(document === undefined ? {} : { document })} />
        {passage.page != null && <span className="index-passage-page">{say("page", { n: passage.page })}</span>}
      </header>
      <p className="index-passage-text">{passage.text}</p>
      {ranks && <p className="field-help number">{ranks}</p>}
    </article>
  );
}

/** The document, then the titles that a passage stands under. */
function Where({ passage, document }: { passage: PassageReply; document?: string }) {
  const say = useWords(indexWords);
  const titles = passage.headings.join(" › ");
  return (
    <span className="index-passage-where">
      {document !== undefined && <strong>{document}</strong>}
      {titles !== "" ? <span>{titles}</span> : document === undefined && <span>{say("passage", { n: passage.place + 1 })}</span>}
    </span>
  );
}
