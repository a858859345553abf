import { useState, type HTMLAttributes } from "react";
import { useWords } from "../../i18n/words.js";
import type { Problem } from "../../api/problem.js";
import { Checkbox, saidOf, TextArea, TextField } from "../../ui/Field.js";
import { RadioCards } from "../../ui/RadioCards.js";
import { SERVING_NAMES } from "./clusterDraft.js";
import { ClusterFields, ServingFields } from "./ClusterFields.js";
import { clusterWords } from "./clusterWords.js";
import { FIELDS, isHere, type DraftFaults, type HostDraft, type HostText, type LoginWay } from "./hostDraft.js";
import "./hosts.css";
import { hostWords } from "./words.js";

const FURTHER: readonly HostText[] = ["workDir", "dataDir", "venv", "conda", "cli", "jumpHost", "slots"];

/** The fields of a host, to add one and to change one. */
export function HostFields(props: {
  draft: HostDraft;
  faults: DraftFaults;
  /** What the server said of it. */
  problem: Problem | undefined;
  /** Whether it is new: what it is can be chosen then alone. */
  isNew?: boolean;
  /** Whether there is a login to keep. */
  canKeep: boolean;
  onChange: (draft: HostDraft) => void;
}) {
  const { draft, faults } = props;
  const say = useWords(hostWords);
  const sayCluster = useWords(clusterWords);
  const isCluster = draft.kind === "slurm";
  const isLogin = !isHere(draft);
  const set = (change: Partial<HostDraft>) => props.onChange({ ...draft, ...change });
  /** What every text of the form has in common. */
  const tie = (name: HostText, inputMode?: HTMLAttributes<HTMLElement>["inputMode"]) => {
    const fault = faults[name];
    return {
      value: draft[name],
      onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
      error: fault ? say(fault) : saidOf(props.problem, FIELDS[name]),
      autoComplete: "off",
      spellCheck: false,
      ...(inputMode ? { inputMode } : {}),
    };
  };
  /** What lies behind a click is opened where something in it is wrong. */
  const isWrongFurther = FURTHER.some((name) => faults[name] ?? props.problem?.of(FIELDS[name]));
  const [wantsServing, setServingOpen] = useState(false);
  const isServingOpen = wantsServing || SERVING_NAMES.some((name) => props.problem?.of(`slurm.serving.${name}`));
  const secret = { type: "password", autoComplete: "new-password" } as const;
  const ways: readonly LoginWay[] = props.canKeep ? ["kept", "system", "file", "key", "password"] : ["system", "file", "key", "password"];
  const names = { kept: "kept", system: "bySystem", file: "byFile", key: "byKey", password: "byPassword" } as const;
  return (
    <>
      {props.isNew && (
        <RadioCards
          label={say("kind")}
          value={draft.kind}
          options={[
            { value: "ssh", label: say("kindHost"), help: say("kindHostHelp") },
            { value: "slurm", label: sayCluster("cluster"), help: say("kindClusterHelp") },
          ]}
          onChoose={(kind) => set({ kind })}
        />
      )}
      <div className="form-row">
        <TextField
          label={say(isCluster ? "loginNode" : "address")}
          help={say(!isCluster ? "addressHelp" : isLogin ? "loginNodeHelp" : "hereHelp")}
          {...tie("address")}
          required
          autoCapitalize="none"
        />
        <TextField label={say("nameField")} help={say("nameHelp")} {...tie("name")} maxLength={64} />
      </div>
      {isLogin && (
        <>
          <div className="form-row">
            <TextField label={say("userField")} placeholder={say("asConfig")} {...tie("user")} autoCapitalize="none" />
            <TextField label={say("port")} placeholder={say("asConfig")} {...tie("port", "numeric")} />
          </div>
          <RadioCards
            label={say("loginHelp")}
            value={draft.login}
            options={ways.map((value) => ({ value, label: say(names[value]), help: say(`${names[value]}Help`) }))}
            onChoose={(login) => set({ login })}
          />
          {draft.login === "file" && <TextField label={say("keyPath")} placeholder="/etc/luthier/id_ed25519" {...tie("keyPath")} />}
          {draft.login === "key" && (
            <TextArea label={say("privateKey")} help={say("privateKeyHelp")} {...tie("privateKey")} className="input input-area mono" rows={6} />
          )}
          {(draft.login === "file" || draft.login === "key") && (
            <TextField label={say("passphrase")} placeholder={say("ifAny")} {...tie("passphrase")} {...secret} />
          )}
          {draft.login === "password" && <TextField label={say("password")} {...tie("password")} {...secret} />}
        </>
      )}
      {isCluster && (
        <fieldset className="host-cluster">
          <legend>{say("asks")}</legend>
          <p className="page-sub">{say("asksHelp")}</p>
          <ClusterFields draft={draft.cluster} problem={props.problem} onChange={(cluster) => set({ cluster })} />
          <Checkbox
            label={sayCluster("servedOnLogin")}
            help={sayCluster("servedOnLoginHelp")}
            checked={draft.cluster.isServedOnLogin}
            onChange={(event) => set({ cluster: { ...draft.cluster, isServedOnLogin: event.currentTarget.checked } })}
          />
          {!draft.cluster.isServedOnLogin && (
            <details className="host-more" open={isServingOpen} onToggle={(event) => setServingOpen(event.currentTarget.open)}>
              <summary>{sayCluster("serving")}</summary>
              {isServingOpen && (
                <>
                  <p className="page-sub">{sayCluster("servingHelp")}</p>
                  <ServingFields draft={draft.cluster} problem={props.problem} onChange={(cluster) => set({ cluster })} />
                </>
              )}
            </details>
          )}
        </fieldset>
      )}
      <details className="host-more" open={isWrongFurther || undefined}>
        <summary>{say(!isCluster ? "further" : isLogin ? "furtherCluster" : "furtherHere")}</summary>
        <div className="form">
          <div className="form-row">
            <TextField label={say("workDir")} help={say("workHelp")} placeholder="~/LLaMA-Factory" {...tie("workDir")} />
            <TextField label={say("dataDir")} help={say(isCluster ? "dataShared" : "dataHelp")} placeholder="~/.luthier/users" {...tie("dataDir")} />
          </div>
          <div className="form-row">
            <TextField label={say("venv")} help={say("venvHelp")} {...tie("venv")} />
            <TextField label={say("conda")} help={say("condaHelp")} {...tie("conda")} />
            <TextField label={say("cli")} help={say("cliHelp")} {...tie("cli")} />
          </div>
          {isLogin && (
            <div className="form-row">
              <TextField label={say("jumpHost")} help={say("jumpHelp")} {...tie("jumpHost")} />
              {!isCluster && <TextField label={say("slots")} help={say("slotsHelp")} placeholder="1" {...tie("slots", "numeric")} />}
            </div>
          )}
        </div>
      </details>
    </>
  );
}
