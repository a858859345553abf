import type { HoldingsReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { userWords } from "./words.js";
import { uiWords } from "../../ui/words.js";

/** What goes with an account. */
export function RemovalNote({ holds }: { holds: HoldingsReply }) {
  const say = useWords(userWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  return (
    <>
      <p>{say("removeHelp")}</p>
      <ul>
        {holds.datasets > 0 && <li>{say("removeDatasets", { n: format.number(holds.datasets) })}</li>}
        {holds.models > 0 && <li>{say("removeModels", { n: format.number(holds.models) })}</li>}
        {holds.tasks > 0 && (
          <li>
            {say("removeTasks", { n: format.number(holds.tasks) })}
            {holds.unfinished_tasks > 0 && sayUI("bracketed", { text: say("removeRunning", { n: format.number(holds.unfinished_tasks) }) })}
          </li>
        )}
        <li>{say("removeRest")}</li>
      </ul>
      {holds.storage_bytes > 0 && <p>{say("removeFrees", { bytes: format.bytes(holds.storage_bytes) })}</p>}
    </>
  );
}
