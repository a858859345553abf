import { useMemo } from "react";
import { useResource } from "../../api/resource.js";
import type { ChatConfigReply } from "../../api/types.js";

/** What the models of other servers are called, by the name that requests give them: only presets have another one for people. */
export function presetNames(config: ChatConfigReply | undefined): ReadonlyMap<string, string> {
  return new Map(config?.preset_models.map((each) => [each.id, each.name]));
}

/** Says what people call a model; one that is no preset is called what requests call it. */
export function useModelName(): (name: string) => string {
  const { data } = useResource("GET /api/config", {});
  return useMemo(() => {
    const names = presetNames(data);
    return (name) => names.get(name) ?? name;
  }, [data]);
}
