import { useEffect, useState } from "react";
import { ask, asProblem, isAbort } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { DocumentReply, PassageReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { PassageCard } from "./PassageCard.js";
import { indexWords } from "./words.js";

/** A document as the index has it: its passages, some at a time. */
export function DocumentReader({ document: { document_id, name }, onClose }: { document: DocumentReply; onClose: () => void }) {
  const say = useWords(indexWords);
  const sayUI = useWords(uiWords);
  const [from, setFrom] = useState(0);
  const [passages, setPassages] = useState<readonly PassageReply[]>([]);
  const [next, setNext] = useState<number>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    const abort = new AbortController();
    setProblem(undefined);
    ask("GET /api/documents/{document_id}", { path: { document_id }, query: { from }, signal: abort.signal }).then(
      (reply) => {
        setPassages((old) => [...old.filter((each) => each.place < from), ...reply.passages]);
        setNext(reply.next ?? undefined);
      },
      (error: unknown) => !isAbort(error) && setProblem(asProblem(error)),
    );
    return () => abort.abort();
  }, [document_id, from]);
  return (
    <Dialog title={name} isWide onClose={onClose}>
      {problem && <ProblemNote problem={problem} />}
      {!problem && passages.length === 0 && <Skeleton label={sayUI("loading")} lines={6} />}
      <ol className="index-found">
        {passages.map((each) => (
          <li key={each.place}>
            <PassageCard passage={each} />
          </li>
        ))}
      </ol>
      {next !== undefined && (
        <Button look="quiet" icon="down" onClick={() => setFrom(next)}>
          {say("showMore")}
        </Button>
      )}
    </Dialog>
  );
}
