import { useResource } from "../../api/resource.js";
import { useWords } from "../../i18n/words.js";
import { Select } from "../../ui/Field.js";
import { newWords } from "./newWords.js";

/** A template by its name, or the one that the model has. */
export function TemplateField(props: { value: string; onChange: (value: string) => void; error: string | undefined }) {
  const say = useWords(newWords);
  const options = useResource("GET /api/training/options", {});
  return (
    <Select
      label={say("template")}
      help={say("templateHelp")}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      error={props.error}
    >
      <option value="">{say("automaticPlain")}</option>
      {(options.data?.templates ?? (props.value ? [props.value] : [])).map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </Select>
  );
}
