export * from "../src/features/hosts/clusterDraft.js";
export * from "../src/features/hosts/hostDraft.js";
