import { useResource } from "../../api/resource.js";
import type { DatasetReply, HostReply, ModelReply, TaskReply } from "../../api/types.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { Icon } from "../../ui/Icon.js";
import { trainingWith } from "../datasets/training.js";
import { isRewardModel } from "../models/purpose.js";
import { isActive } from "../tasks/taskWords.js";
import { SampleButton } from "./SampleButton.js";
import { homeWords } from "./words.js";

interface Step {
  readonly name: string;
  readonly text: string;
  readonly isDone: boolean;
  readonly action?: React.ReactNode;
}

/** The form of a training, filled in with what there is: nothing but its button is left to press. */
function firstTask(file: DatasetReply | undefined, model: string | undefined): string {
  if (file) return trainingWith(file, model);
  return model ? `/app/tasks/new?${new URLSearchParams({ model }).toString()}` : "/app/tasks/new";
}

/** What a newcomer still lacks on the way to a chat with a tuned model; the first thing missing is the next step. */
export function Guide(props: {
  hosts: readonly HostReply[];
  datasets: readonly DatasetReply[];
  tasks: readonly TaskReply[];
  models: readonly ModelReply[];
  onChange: () => void;
}) {
  const say = useWords(homeWords);
  const sayServer = useServerSentence();
  const shared = useResource("GET /api/models/shared", {});
  const ready = props.hosts.find((host) => host.llamafactory);
  const first = props.hosts.find((host) => host.reachable);
  const task = props.tasks.find(isActive) ?? props.tasks.find((each) => each.status === "completed");
  const made = props.models.filter((model) => model.task_id);
  // Only the list of all models says which of them answer.
  const listed = useResource("GET /api/models", made.length > 0 ? {} : undefined);
  const scoring = (listed.data?.models ?? []).filter(isRewardModel).map((model) => model.model_id);
  const tuned = made.find((model) => !scoring.includes(model.model_id));

  const steps: Step[] = [
    {
      name: say("guideHost"),
      isDone: ready !== undefined,
      text: ready
        ? say("guideHostOk", { host: sayServer(ready.name) })
        : first
          ? say("guideHostMissing", { host: sayServer(first.name) })
          : say("guideHostNone"),
      action: <ButtonLink to="/app/hosts">{say("setUp")}</ButtonLink>,
    },
    {
      name: say("guideData"),
      isDone: props.datasets.length > 0,
      text: props.datasets.length > 0 ? say("guideDataOk", { n: props.datasets.length }) : say("guideDataMissing"),
      action: (
        <>
          <ButtonLink to="/app/datasets" look="primary" icon="upload">
            {say("upload")}
          </ButtonLink>
          <SampleButton onTaken={props.onChange} />
        </>
      ),
    },
    {
      name: say("guideTask"),
      isDone: task !== undefined,
      text: task ? say(isActive(task) ? "guideTaskOk" : "guideTaskDone", { name: task.name }) : say("guideTaskMissing"),
      action: (
        <ButtonLink to={firstTask(props.datasets[0], shared.data?.models[0]?.path)} look="primary" icon="play">
          {say("start")}
        </ButtonLink>
      ),
    },
    {
      name: say("guideChat"),
      isDone: false,
      text: tuned ? say("guideChatOk", { name: tuned.name }) : say("guideChatMissing"),
      action: tuned && (
        <ButtonLink to={`/app/chat?model=${encodeURIComponent(tuned.model_id)}`} look="primary" icon="chat">
          {say("chat")}
        </ButtonLink>
      ),
    },
  ];
  const next = steps.findIndex((step) => !step.isDone);
  return (
    <section className="card guide" aria-label={say("guide")}>
      <h2>{say("guide")}</h2>
      <ol className="guide-steps">
        {steps.map((step, index) => (
          <li key={step.name} className="guide-step" data-state={step.isDone ? "done" : index === next ? "next" : "later"}>
            <span className="guide-sign" aria-hidden="true">
              {step.isDone ? <Icon name="check" /> : index + 1}
            </span>
            <div className="guide-words">
              <h3>
                {step.name}
                {step.isDone && <span className="visually-hidden"> ({say("done")})</span>}
              </h3>
              <p>{step.text}</p>
            </div>
            {index === next && <div className="guide-actions">{step.action}</div>}
          </li>
        ))}
      </ol>
    </section>
  );
}
