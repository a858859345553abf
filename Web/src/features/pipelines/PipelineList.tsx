import { useState } from "react";
import { Link } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import type { PipelineReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { Filtered } from "../../ui/Filtered.js";
import { Icon } from "../../ui/Icon.js";
import { ListPage } from "../../ui/ListPage.js";
import { Menu, type MenuItem } from "../../ui/Menu.js";
import { State } from "../../ui/State.js";
import { Ago, Table } from "../../ui/Table.js";
import { PipelineQuestions, resumePipeline, type PipelineQuestion } from "./PipelineActions.js";
import { brokenStep, PIPELINE_EVENTS, runState, seconds } from "./pipelineState.js";
import "./pipelines.css";
import { StepRow } from "./StepRow.js";
import { pipelineWords } from "./words.js";

const SORTS: Record<"all" | "active" | "ended" | "failedOnes", (run: PipelineReply) => boolean> = {
  all: () => true,
  active: (run) => run.status === "running",
  ended: (run) => run.status !== "running",
  failedOnes: (run) => run.status === "failed",
};

/** Runs of pipelines, newest first. */
export default function PipelineList() {
  const say = useWords(pipelineWords);
  const format = useFormat();
  const runs = useResource("GET /api/pipelines", {}, PIPELINE_EVENTS, 1_000);
  return (
    <ListPage
      title={say("title")}
      all={runs.data?.pipelines}
      problem={runs.problem}
      reload={runs.reload}
      create={
        <ButtonLink to="/app/pipelines/new" look="primary" icon="plus">
          {say("create")}
        </ButtonLink>
      }
      none={say("none")}
      noneHelp={say("noneHelp")}
      lines={4}
    >
      {(all) => (
        <Filtered label={say("filter")} all={all} sorts={SORTS} nameOf={(sort) => say(sort)} none={say("noneOf")}>
          {(shown) => (
            <Table
              rows={shown}
              keyOf={(run) => run.pipeline_id}
              columns={[
                {
                  title: say("name"),
                  className: "pipelines-name",
                  cell: (run) => (
                    <>
                      <Link className="table-name" to={`/app/pipelines/${run.pipeline_id}`}>
                        {run.name}
                      </Link>
                      {run.description && <span className="table-sub pipelines-description">{run.description}</span>}
                    </>
                  ),
                },
                { title: say("steps"), cell: (run) => <StepRow run={run} /> },
                { title: say("state"), cell: (run) => <State tone={runState(run).tone}>{say(runState(run).word)}</State> },
                { title: say("begun"), cell: (run) => <Ago at={run.created_at} /> },
                { title: say("took"), isNumber: true, cell: (run) => format.duration(seconds(run.created_at, run.ended_at) ?? 0) },
              ]}
              actions={(run) => <Actions run={run} onChange={runs.reload} />}
            />
          )}
        </Filtered>
      )}
    </ListPage>
  );
}

function Actions({ run, onChange }: { run: PipelineReply; onChange: () => void }) {
  const say = useWords(pipelineWords);
  const [question, setQuestion] = useState<PipelineQuestion>();
  const items: MenuItem[] =
    run.status === "running"
      ? [{ label: say("cancel"), icon: "stop", onSelect: () => setQuestion("cancel") }]
      : [
          ...(brokenStep(run) ? [{ label: say("resume"), icon: "play" as const, onSelect: () => void resumePipeline(run, onChange) }] : []),
          { label: say("remove"), icon: "trash", isDanger: true, onSelect: () => setQuestion("remove") },
        ];
  return (
    <>
      <Menu label={say("actions", { name: run.name })} items={items} isEnd>
        <Icon name="more" />
      </Menu>
      <PipelineQuestions
        run={run}
        question={question}
        onClose={() => setQuestion(undefined)}
        onChange={onChange}
        onRemoved={onChange}
      />
    </>
  );
}
