export * from "../src/i18n/words.js";
export * from "../src/i18n/format.js";
export { isClusterAway, isEnding, taskState } from "../src/features/tasks/taskWords.js";
