export * from "../src/features/compare/columns.js";
export { historyOf, isVotable } from "../src/features/compare/comparison.js";
export { areNone, areSame, settingsOf, typedOf, wrongOf } from "../src/features/chat/sampling.js";
