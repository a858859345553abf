import { useResource } from "../../api/resource.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { accountWords } from "./words.js";

/** What the account holds of what it may. */
export function Holdings() {
  const say = useWords(accountWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const { data, problem, reload } = useResource("GET /api/auth/quota", {});
  const of = (held: string, most: string | undefined) => (most === undefined ? held : say("of", { held, most }));
  const bytes = data?.may.storage_bytes;
  const tasks = data?.may.tasks;
  const limits = [
    data?.may.requests_per_minute ? say("limitMinute", { n: data.may.requests_per_minute }) : "",
    data?.may.tokens_per_day ? say("limitDay", { n: data.may.tokens_per_day }) : "",
  ].filter(Boolean);
  return (
    <Section title={say("holds")}>
      {problem && !data && <ProblemNote problem={problem} onRetry={reload} />}
      {!data && !problem && <Skeleton label={sayUI("loading")} lines={2} />}
      {data && (
        <dl className="facts card">
          <div>
            <dt>{say("storage")}</dt>{" "}
            <dd className="number">{of(format.bytes(data.holds.storage_bytes), bytes == null ? undefined : format.bytes(bytes))}</dd>
          </div>
          <div>
            <dt>{say("tasks")}</dt>{" "}
            <dd className="number">{of(format.number(data.holds.unfinished_tasks), tasks == null ? undefined : format.number(tasks))}</dd>
          </div>
          <div>
            <dt>{say("datasets")}</dt>{" "}
            <dd className="number">{format.number(data.holds.datasets)}</dd>
          </div>
          <div>
            <dt>{say("models")}</dt>{" "}
            <dd className="number">{format.number(data.holds.models)}</dd>
          </div>
          {limits.length > 0 && (
            <div>
              <dt>{say("limits")}</dt>{" "}
              <dd>{limits.join(sayUI("comma"))}</dd>
            </div>
          )}
        </dl>
      )}
    </Section>
  );
}
