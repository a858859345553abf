export * from "../src/markdown/parts.js";
export * from "../src/markdown/addresses.js";
export * from "../src/markdown/Markdown.js";
export * from "../src/markdown/spoken.js";
