import { ask } from "../../api/client.js";
import type { IndexReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Confirm } from "../../ui/Confirm.js";
import { toast } from "../../ui/toasts.js";
import { stopAdding } from "./documentQueue.js";
import { indexWords } from "./words.js";

/** Asks before an index goes with its documents. */
export function RemoveIndex(props: { index: IndexReply; onClose: () => void; onRemoved: () => void }) {
  const { index, onClose, onRemoved } = props;
  const say = useWords(indexWords);
  const format = useFormat();
  return (
    <Confirm
      title={say("removeTitle", { name: index.name })}
      action={say("remove")}
      onClose={onClose}
      onConfirm={async () => {
        stopAdding(index.index_id);
        await ask("DELETE /api/indexes/{index_id}", { path: { index_id: index.index_id } });
        toast(say("removed"));
        onRemoved();
      }}
    >
      <p>{say("removeHelp", { n: format.number(index.documents) })}</p>
    </Confirm>
  );
}
