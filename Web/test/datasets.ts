export * from "../src/features/datasets/rows.js";
export * from "../src/features/datasets/rowLengths.js";
export * from "../src/features/datasets/families.js";
export * from "../src/features/datasets/partUpload.js";
export * from "../src/api/sha256.js";
export { Problem } from "../src/api/problem.js";
