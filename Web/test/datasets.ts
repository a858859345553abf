export * from "../src/features/datasets/rows.js";
