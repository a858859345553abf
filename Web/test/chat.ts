export * from "../src/features/chat/text.js";
export * from "../src/features/chat/share.js";
