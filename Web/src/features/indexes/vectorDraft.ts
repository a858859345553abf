import type { CreateIndexRequest } from "../../api/types.js";

/** What is to make the vectors of an index, as it is being chosen. */
export interface VectorDraft {
  /** `local`, `ollama`, `mock`, the id of a preset, or `address`. */
  readonly backend: string;
  readonly address: string;
  readonly model: string;
  readonly key: string;
}

export const NO_VECTORS: VectorDraft = { backend: "local", address: "", model: "", key: "" };

/** What a request for an index has of it. */
export function wantedVectors({ backend, address, model, key }: VectorDraft): Pick<CreateIndexRequest, "embed_backend" | "embed_model" | "embed_api_key"> {
  const isAddress = backend === "address";
  return {
    embed_backend: isAddress ? address.trim() : backend,
    embed_model: backend === "mock" ? "words" : model.trim(),
    ...(isAddress && key.trim() !== "" ? { embed_api_key: key.trim() } : {}),
  };
}
