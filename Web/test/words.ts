export * from "../src/i18n/words.js";
export * from "../src/i18n/format.js";
