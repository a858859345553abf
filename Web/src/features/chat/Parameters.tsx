import { useState } from "react";
import { useObservable } from "../../api/observable.js";
import { useWords } from "../../i18n/words.js";
import { Button, IconButton } from "../../ui/Button.js";
import { Dialog } from "../../ui/Dialog.js";
import { TextField } from "../../ui/Field.js";
import { uiWords } from "../../ui/words.js";
import { chooseParameters, lengthOf, parameters, temperatureOf } from "./sampling.js";
import { chatWords } from "./words.js";

/** Opens the parameters; marked where some are not as they come. */
export function ParametersButton({ standard }: { standard: number | undefined }) {
  const say = useWords(chatWords);
  const [isOpen, setOpen] = useState(false);
  const { temperature, max_tokens } = useObservable(parameters);
  const isSet = temperature !== undefined || max_tokens !== undefined;
  return (
    <>
      <IconButton icon="settings" label={say("parameters")} className={isSet ? "chat-set" : ""} onClick={() => setOpen(true)} />
      {isOpen && <ParametersDialog standard={standard} onClose={() => setOpen(false)} />}
    </>
  );
}

function ParametersDialog({ standard, onClose }: { standard: number | undefined; onClose: () => void }) {
  const say = useWords(chatWords);
  const sayUI = useWords(uiWords);
  const now = parameters.get();
  const [temperature, setTemperature] = useState(String(now.temperature ?? ""));
  const [length, setLength] = useState(String(now.max_tokens ?? ""));
  const isWrong = {
    temperature: temperature.trim() !== "" && temperatureOf(temperature) === undefined,
    length: length.trim() !== "" && lengthOf(length) === undefined,
  };
  const save = () => {
    if (isWrong.temperature || isWrong.length) return;
    chooseParameters({ temperature: temperatureOf(temperature), max_tokens: lengthOf(length) });
    onClose();
  };
  return (
    <Dialog
      title={say("parameters")}
      onClose={onClose}
      onSubmit={save}
      actions={
        <>
          <Button onClick={onClose}>{sayUI("cancel")}</Button>
          <Button type="submit" look="primary">
            {sayUI("save")}
          </Button>
        </>
      }
    >
      <TextField
        label={say("temperature")}
        help={say("temperatureHelp")}
        error={isWrong.temperature ? say("temperatureWrong") : undefined}
        inputMode="decimal"
        placeholder={say("default")}
        value={temperature}
        onChange={(event) => setTemperature(event.currentTarget.value)}
      />
      <TextField
        label={say("length")}
        help={say("lengthHelp", { n: (standard ?? 2000).toLocaleString() })}
        error={isWrong.length ? say("lengthWrong") : undefined}
        inputMode="numeric"
        placeholder={String(standard ?? "")}
        value={length}
        onChange={(event) => setLength(event.currentTarget.value)}
      />
    </Dialog>
  );
}
