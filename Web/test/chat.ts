export * from "../src/features/chat/text.js";
