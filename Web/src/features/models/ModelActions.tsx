import { useState } from "react";
import { navigate } from "../../app/router.js";
import { ask, asProblem } from "../../api/client.js";
import type { ListedModelReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { Icon } from "../../ui/Icon.js";
import { Menu, type MenuItem } from "../../ui/Menu.js";
import { toast } from "../../ui/toasts.js";
import { MergeModel } from "./MergeModel.js";
import { isRewardModel } from "./purpose.js";
import { idOf } from "./useLoad.js";
import { modelWords } from "./words.js";
import { problemLine } from "../../i18n/server.js";

type Question = "unload" | "remove" | "merge";

/** What can be done with a model. */
export function ModelActions(props: { model: ListedModelReply; onChange: () => void; onRemoved?: () => void; isOwn?: boolean }) {
  const { model, onChange } = props;
  const say = useWords(modelWords);
  const format = useFormat();
  const [question, setQuestion] = useState<Question>();
  const path = { name: model.name };
  const isThere = model.type !== "external" && model.kind !== "file" && !model.gone_at;

  const answers = !isRewardModel(model);

  const load = async () => {
    try {
      await ask("POST /api/models/{name}/load", { path });
      onChange();
    } catch (error) {
      toast(problemLine(asProblem(error)), { isBad: true });
    }
  };
  const isIn = model.status === "ready" || model.status === "loading";
  const items: MenuItem[] = [
    ...(answers && isThere
      ? [
          isIn
            ? { label: say("unload"), icon: "stop" as const, onSelect: () => setQuestion("unload") }
            : { label: say("load"), icon: "play" as const, onSelect: () => void load() },
          ...(model.base
            ? [
                {
                  label: say("compareBase"),
                  icon: "compare" as const,
                  onSelect: () => navigate(`/app/compare?model=${encodeURIComponent(idOf(model))}`),
                },
              ]
            : []),
        ]
      : []),
    ...(isThere
      ? [
          {
            label: say("continue"),
            icon: "tasks" as const,
            onSelect: () => navigate(`/app/tasks/new?model=${encodeURIComponent(idOf(model))}`),
          },
          ...(model.kind === "adapter" ? [{ label: say("merge"), icon: "models" as const, onSelect: () => setQuestion("merge") }] : []),
        ]
      : []),
    ...(props.isOwn ? [{ label: say("remove"), icon: "trash" as const, isDanger: true, onSelect: () => setQuestion("remove") }] : []),
  ];
  return (
    <div className="model-actions">
      {answers && (isThere || model.type === "external") && (
        <ButtonLink to={`/app/chat?model=${encodeURIComponent(idOf(model))}`} icon="chat">
          {say("chat")}
        </ButtonLink>
      )}
      {items.length > 0 && (
        <Menu label={say("more", { name: model.name })} items={items} isEnd>
          <Icon name="more" />
        </Menu>
      )}
      {question === "unload" && (
        <Confirm
          title={say("unloadIt", { name: model.name })}
          action={say("unload")}
          onClose={() => setQuestion(undefined)}
          onConfirm={async () => {
            await ask("POST /api/models/{name}/unload", { path });
            onChange();
          }}
        >
          <p>{say("unloadHelp")}</p>
        </Confirm>
      )}
      {question === "remove" && model.model_id && (
        <Confirm
          title={say("removeIt", { name: model.name })}
          action={say("remove")}
          onClose={() => setQuestion(undefined)}
          onConfirm={async () => {
            await ask("DELETE /api/files/models/{model_id}", { path: { model_id: model.model_id as string } });
            toast(model.frees ? say("removedFreed", { size: format.bytes(model.frees) }) : say("removed"));
            (props.onRemoved ?? onChange)();
          }}
        >
          <p>{model.frees ? say("removeFrees", { size: format.bytes(model.frees) }) : say("removeHelp")}</p>
        </Confirm>
      )}
      {question === "merge" && (
        <MergeModel
          model={model}
          onClose={() => setQuestion(undefined)}
          onMerged={(merged) => {
            setQuestion(undefined);
            onChange();
            navigate(`/app/models/view?name=${encodeURIComponent(merged.name)}`);
          }}
        />
      )}
    </div>
  );
}
