import { useState } from "react";
import { useUser } from "../../app/account.js";
import { useResource } from "../../api/resource.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { Choice } from "../../ui/Choice.js";
import { Empty, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { usageRows, type UsageGroup } from "./usageTable.js";
import { settingsWords } from "./words.js";

const DAYS = ["7", "30", "365"] as const;

/** Requests and tokens by day, model and key; an administrator's also everyone's. */
export function Usage() {
  const say = useWords(settingsWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const isAdmin = useUser()?.role === "admin";
  const [days, setDays] = useState<(typeof DAYS)[number]>("30");
  const [group, setGroup] = useState<UsageGroup>("day");
  const [whose, setWhose] = useState<"mine" | "everyone">("mine");
  const isAll = isAdmin && whose === "everyone";
  const usage = useResource("GET /api/usage", { query: { days: Number(days), user: isAll ? "all" : undefined } });
  const entries = usage.data?.usage;
  const shown: UsageGroup = group === "user" && !isAll ? "day" : group;
  const rows = entries ? usageRows(entries, shown) : [];
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0);
  const most = Math.max(1, ...rows.map((row) => row.prompt + row.completion));
  const estimated = sum((row) => row.estimated);
  const names = { day: say("day"), model: say("whichModel"), key: say("byKey"), user: say("user") };
  const groups: readonly UsageGroup[] = isAll ? ["day", "model", "key", "user"] : ["day", "model", "key"];
  return (
    <Section title={say("usage")}>
      <p className="page-sub">{say("usageHelp")}</p>
      <div className="usage-tools">
        <Choice label={say("by")} value={shown} options={groups.map((value) => ({ value, label: names[value] }))} onChoose={setGroup} />
        <Choice
          label={say("days")}
          value={days}
          options={DAYS.map((value) => ({ value, label: say("daysOf", { n: value }) }))}
          onChoose={setDays}
        />
        {isAdmin && (
          <Choice
            label={say("whose")}
            value={whose}
            options={[
              { value: "mine", label: say("mine") },
              { value: "everyone", label: say("everyone") },
            ]}
            onChoose={setWhose}
          />
        )}
      </div>
      {usage.problem && !entries && <ProblemNote problem={usage.problem} onRetry={usage.reload} />}
      {!entries && !usage.problem && <Skeleton label={sayUI("loading")} lines={4} />}
      {entries && rows.length === 0 && (
        <Empty
          title={say("noUse")}
          actions={
            <ButtonLink to="/app/account/keys" icon="key">
              {say("keys")}
            </ButtonLink>
          }
        >
          {say("noUseHelp")}
        </Empty>
      )}
      {rows.length > 0 && (
        <div className="table-wrap">
          <table className="table table-stack usage">
            <thead>
              <tr>
                <th scope="col">{names[shown]}</th>
                <th scope="col" className="number">
                  {say("requests")}
                </th>
                <th scope="col" className="number">
                  {say("failures")}
                </th>
                <th scope="col" className="number">
                  {say("prompt")}
                </th>
                <th scope="col" className="number">
                  {say("completion")}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td className="usage-name">
                    <span className="table-name">{row.name || say("noKey")}</span>
                    <progress className="usage-bar" aria-hidden="true" max={most} value={row.prompt + row.completion} />
                  </td>
                  <Figure label={say("requests")} value={row.requests} />
                  <Figure label={say("failures")} value={row.failures} />
                  <Figure label={say("prompt")} value={row.prompt} />
                  <Figure label={say("completion")} value={row.completion} />
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">{say("total")}</th>
                <Figure label={say("requests")} value={sum((row) => row.requests)} />
                <Figure label={say("failures")} value={sum((row) => row.failures)} />
                <Figure label={say("prompt")} value={sum((row) => row.prompt)} />
                <Figure label={say("completion")} value={sum((row) => row.completion)} />
              </tr>
            </tfoot>
          </table>
        </div>
      )}
      {estimated > 0 && <p className="page-sub number">{say("estimated", { n: format.number(estimated) })}</p>}
    </Section>
  );
}

function Figure({ label, value }: { label: string; value: number }) {
  const format = useFormat();
  return (
    <td className="number" data-label={label}>
      {format.number(value)}
    </td>
  );
}
