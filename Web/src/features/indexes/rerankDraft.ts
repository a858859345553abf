import type { ChangeIndexRequest } from "../../api/types.js";

/** What is to put the passages of an index into their last order, as it is being chosen. */
export interface RerankDraft {
  /** Empty for none; `mock`, the id of a preset, or `address`. */
  readonly backend: string;
  readonly address: string;
  readonly model: string;
  readonly key: string;
}

export const NO_RERANKER: RerankDraft = { backend: "", address: "", model: "", key: "" };

/** What a change of an index has of it. */
export function wantedReranker({ backend, address, model, key }: RerankDraft): ChangeIndexRequest {
  if (backend === "") return { rerank_backend: "" };
  const isAddress = backend === "address";
  return {
    rerank_backend: isAddress ? address.trim() : backend,
    rerank_model: backend === "mock" ? "words" : model.trim(),
    ...(isAddress && key.trim() !== "" ? { rerank_api_key: key.trim() } : {}),
  };
}
