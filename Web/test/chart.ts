export * from "../src/chart/columns.js";
export * from "../src/chart/scale.js";
export * from "../src/chart/series.js";
export * from "../src/chart/smooth.js";
export * from "../src/chart/csv.js";
