import { useResource } from "../../api/resource.js";
import type { ListedModelReply, LoadStatusReply } from "../../api/types.js";

/** How far a model is loaded, read again as the load goes on. */
export function useLoad(model: ListedModelReply): LoadStatusReply | undefined {
  const isLoading = model.status === "loading";
  const status = useResource(
    "GET /api/models/{name}/status",
    isLoading ? { path: { name: model.name } } : undefined,
    ["service.loading", "service.changed"],
    700,
  );
  return isLoading ? status.data : undefined;
}

/** Name that every door takes for it. */
export function idOf(model: ListedModelReply): string {
  return model.model_id ?? model.name;
}
