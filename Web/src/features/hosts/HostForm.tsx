import type { HTMLAttributes } from "react";
import { useWords } from "../../i18n/words.js";
import { TextArea, TextField } from "../../ui/Field.js";
import { RadioCards } from "../../ui/RadioCards.js";
import type { DraftFaults, HostDraft, LoginWay } from "./hostDraft.js";
import "./hosts.css";
import { hostWords } from "./words.js";

/** The fields of a host, to add one and to change one. */
export function HostFields(props: {
  draft: HostDraft;
  faults: DraftFaults;
  /** Whether there is a login to keep. */
  canKeep: boolean;
  onChange: (draft: HostDraft) => void;
}) {
  const { draft, faults } = props;
  const say = useWords(hostWords);
  const set = (change: Partial<HostDraft>) => props.onChange({ ...draft, ...change });
  /** What every text of the form has in common. */
  const tie = (name: keyof HostDraft, inputMode?: HTMLAttributes<HTMLElement>["inputMode"]) => {
    const fault = faults[name];
    return {
      value: draft[name],
      onChange: (event: { currentTarget: { value: string } }) => set({ [name]: event.currentTarget.value }),
      error: fault && say(fault),
      autoComplete: "off",
      spellCheck: false,
      ...(inputMode ? { inputMode } : {}),
    };
  };
  const secret = { type: "password", autoComplete: "new-password" } as const;
  const ways: readonly LoginWay[] = props.canKeep ? ["kept", "system", "file", "key", "password"] : ["system", "file", "key", "password"];
  const names = { kept: "kept", system: "bySystem", file: "byFile", key: "byKey", password: "byPassword" } as const;
  return (
    <>
      <div className="form-row">
        <TextField label={say("address")} help={say("addressHelp")} {...tie("address")} required autoCapitalize="none" />
        <TextField label={say("nameField")} help={say("nameHelp")} {...tie("name")} maxLength={64} />
      </div>
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
      <details className="host-more" open={faults.slots ? true : undefined}>
        <summary>{say("further")}</summary>
        <div className="form">
          <div className="form-row">
            <TextField label={say("workDir")} help={say("workHelp")} placeholder="~/LLaMA-Factory" {...tie("workDir")} />
            <TextField label={say("dataDir")} help={say("dataHelp")} placeholder="~/.luthier/users" {...tie("dataDir")} />
          </div>
          <div className="form-row">
            <TextField label={say("venv")} help={say("venvHelp")} {...tie("venv")} />
            <TextField label={say("conda")} help={say("condaHelp")} {...tie("conda")} />
            <TextField label={say("cli")} help={say("cliHelp")} {...tie("cli")} />
          </div>
          <div className="form-row">
            <TextField label={say("jumpHost")} help={say("jumpHelp")} {...tie("jumpHost")} />
            <TextField label={say("slots")} help={say("slotsHelp")} placeholder="1" {...tie("slots", "numeric")} />
          </div>
        </div>
      </details>
    </>
  );
}
