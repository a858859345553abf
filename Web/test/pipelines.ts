export { chain, filling } from "../src/features/pipelines/examples.js";
export { brokenStep, ordered, pieces, reference } from "../src/features/pipelines/pipelineState.js";
export { wantedVectors } from "../src/features/indexes/vectorDraft.js";
export { Translator } from "../src/i18n/translator.js";
export { codes, sentences } from "../src/i18n/server.zh.js";
