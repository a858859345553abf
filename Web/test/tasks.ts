export * from "../src/features/tasks/draft.js";
export * from "../src/features/tasks/LogText.js";
export * from "../src/features/tasks/Metrics.js";
export * from "../src/ui/lastPart.js";
export * from "../src/features/tasks/figures.js";
export { argumentHelp } from "../src/features/tasks/argumentHelp.zh.js";
export { argumentWords } from "../src/features/tasks/argumentWords.js";
