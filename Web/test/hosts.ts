export * from "../src/api/problem.js";
export * from "../src/features/hosts/clusterDraft.js";
export * from "../src/features/hosts/hostDraft.js";
