import type { Problem } from "../../api/problem.js";
import type { SlurmSettings } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { saidOf, TextField } from "../../ui/Field.js";
import { CLUSTER_NAMES, isClusterNumber, SERVING_NAMES, type ClusterDraft } from "./clusterDraft.js";
import { clusterWords } from "./clusterWords.js";

/** What is asked of a cluster; what stays empty is as `defaults`, or the cluster, have it. */
export function ClusterFields(props: {
  draft: ClusterDraft;
  defaults?: SlurmSettings | null | undefined;
  problem: Problem | undefined;
  onChange: (draft: ClusterDraft) => void;
}) {
  const say = useWords(clusterWords);
  return (
    <div className="form-row">
      {CLUSTER_NAMES.map((name) => (
        <TextField
          key={name}
          label={say(name === "minutes" || name === "memory_mib" ? `${name}Field` : name)}
          help={say(`${name}Help`)}
          placeholder={String(props.defaults?.[name] ?? say("asCluster"))}
          value={props.draft[name]}
          onChange={(event) => props.onChange({ ...props.draft, [name]: event.currentTarget.value })}
          error={saidOf(props.problem, `slurm.${name}`)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...(isClusterNumber(name) ? { inputMode: "numeric" as const } : {})}
        />
      ))}
    </div>
  );
}

/** What the job of a model asks for of its own; what stays empty is as for trainings. */
export function ServingFields(props: { draft: ClusterDraft; problem: Problem | undefined; onChange: (draft: ClusterDraft) => void }) {
  const say = useWords(clusterWords);
  const { draft } = props;
  return (
    <div className="form-row">
      {SERVING_NAMES.map((name) => (
        <TextField
          key={name}
          label={say(name === "minutes" || name === "memory_mib" ? `${name}Field` : name)}
          {...(name === "gres" && { help: say("servingGresHelp") })}
          placeholder={draft[name].trim() || say("asCluster")}
          value={draft.serving[name]}
          onChange={(event) => props.onChange({ ...draft, serving: { ...draft.serving, [name]: event.currentTarget.value } })}
          error={saidOf(props.problem, `slurm.serving.${name}`)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...(isClusterNumber(name) ? { inputMode: "numeric" as const } : {})}
        />
      ))}
    </div>
  );
}

/** What was asked of a cluster, by name and value, without what was not. */
export function useClusterFacts(): (settings: SlurmSettings | null | undefined) => readonly (readonly [string, string])[] {
  const say = useWords(clusterWords);
  const format = useFormat();
  return (settings) => {
    const asked = CLUSTER_NAMES.flatMap((name) => {
      const value = settings?.[name];
      if (value == null) return [];
      if (name === "minutes") return [[say(name), format.duration(Number(value) * 60)] as const];
      if (name === "memory_mib") return [[say(name), say("mebibytes", { n: format.number(Number(value)) })] as const];
      return [[say(name), typeof value === "number" ? format.number(value) : value] as const];
    });
    if (settings?.services === "login_node") return [...asked, [say("services"), say("onLogin")] as const];
    const serving = SERVING_NAMES.flatMap((name) => (settings?.serving?.[name] == null ? [] : [`${say(name)} ${settings.serving[name]}`]));
    return serving.length > 0 ? [...asked, [say("services"), serving.join(", ")] as const] : asked;
  };
}
