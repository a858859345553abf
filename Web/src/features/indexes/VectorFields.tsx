import { useId } from "react";
import { useResource } from "../../api/resource.js";
import { useWords } from "../../i18n/words.js";
import { Select, TextField } from "../../ui/Field.js";
import type { VectorDraft } from "./vectorDraft.js";
import { indexWords } from "./words.js";

const HELP = { local: "backendLocalHelp", ollama: "backendOllamaHelp", address: "backendAddressHelp", mock: "backendMockHelp" } as const;

/** Which model makes the vectors, and where it is asked. */
export function VectorFields({ draft, onChange }: { draft: VectorDraft; onChange: (changes: Partial<VectorDraft>) => void }) {
  const say = useWords(indexWords);
  const list = useId();
  const config = useResource("GET /api/config", {});
  const models = useResource("GET /api/models", {});
  const { backend } = draft;
  const text = (field: "address" | "model" | "key") => ({
    value: draft[field],
    autoComplete: "off",
    spellCheck: false,
    onChange: (event: { currentTarget: { value: string } }) => onChange({ [field]: event.currentTarget.value }),
  });
  return (
    <>
      <Select
        label={say("backend")}
        help={backend in HELP ? say(HELP[backend as keyof typeof HELP]) : undefined}
        value={backend}
        onChange={(event) => onChange({ backend: event.currentTarget.value })}
      >
        <option value="local">{say("backendLocal")}</option>
        <option value="ollama">Ollama</option>
        {config.data?.preset_models.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
        <option value="address">{say("backendAddress")}</option>
        <option value="mock">{say("backendMock")}</option>
      </Select>
      {backend === "address" && <TextField label={say("backendURL")} type="url" placeholder="http://gpu1:8080/v1" {...text("address")} />}
      {backend !== "mock" && (
        <TextField
          label={say("embeddingModel")}
          help={say(backend === "local" ? "embeddingModelLocal" : "embeddingModelHelp")}
          list={backend === "local" ? list : undefined}
          {...text("model")}
        />
      )}
      <datalist id={list}>
        {models.data?.models
          .filter((each) => each.type !== "external")
          .map((each) => (
            <option key={each.name} value={each.name} />
          ))}
      </datalist>
      {backend === "address" && <TextField label={say("backendKey")} help={say("backendKeyHelp")} type="password" {...text("key")} />}
    </>
  );
}
