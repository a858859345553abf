export * from "../src/i18n/translator.js";
export * from "../src/i18n/server.zh.js";
