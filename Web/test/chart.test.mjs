import { test } from "node:test";
import assert from "node:assert/strict";
import { cut, linearScale, logScale, makeColumns, nearest, shortNumber, smooth, tickNumber, toCSV } from "../.test/chart.mjs";

const line = (y, more = {}) => ({ id: "a", label: "a", colour: 1, x: Float64Array.from(y, (_, index) => index), y: Float64Array.from(y), count: y.length, ...more });

test("a peak of one point in a hundred thousand is drawn", () => {
  const y = new Float64Array(100_000).fill(1);
  y[54_321] = 9;
  y[12_345] = -9;
  const columns = makeColumns();
  cut(line(y), { from: 0, to: 99_999 }, 800, false, columns);
  assert.ok(columns.used <= 4 * 801, String(columns.used));
  assert.deepEqual([columns.low, columns.high], [-9, 9]);
  const at = columns.y.subarray(0, columns.used).indexOf(9);
  assert.ok(Math.abs(columns.x[at] - (54_321 / 99_999) * 800) <= 1);
});

test("only what is in range is looked at, with a point before and after it", () => {
  const columns = makeColumns();
  cut(line([100, 1, 2, 3, 100]), { from: 1.5, to: 2.5 }, 400, false, columns);
  assert.deepEqual([...columns.y.subarray(0, columns.used)], [1, 2, 3]);
});

test("gaps, and what has no logarithm, are left out", () => {
  const columns = makeColumns();
  cut(line([1, NaN, 0, -1, 4]), { from: 0, to: 4 }, 400, true, columns);
  assert.deepEqual([...columns.y.subarray(0, columns.used)], [1, 4]);
});

test("scales go there and back, and their ticks are round and inside", () => {
  for (const scale of [linearScale(0.13, 2.9, 40, 640, 5), logScale(0.003, 8, 640, 40)]) {
    for (const value of [0.2, 1, 2.5]) assert.ok(Math.abs(scale.value(scale.pixel(value)) - value) < 1e-9);
    assert.ok(scale.ticks.length >= 3 && scale.ticks.every((tick) => tick >= scale.low * 0.99 && tick <= scale.high * 1.01));
  }
  assert.deepEqual(linearScale(0, 1, 0, 100, 5).ticks.map((tick) => +tick.toFixed(6)), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.equal(linearScale(3, 3, 0, 100, 5).pixel(3), 50);
});

test("smoothing starts at the first value and does not fill gaps", () => {
  const smoothed = smooth(line([4, 4, NaN, 4]), 0.9);
  assert.ok(Math.abs(smoothed[0] - 4) < 1e-9 && Math.abs(smoothed[3] - 4) < 1e-9 && Number.isNaN(smoothed[2]));
  assert.deepEqual([...smooth(line([1, 2, 3]), 0)], [1, 2, 3]);
});

test("the point nearest to the cursor is found", () => {
  const series = line([5, 6, 7, 8]);
  assert.deepEqual([-3, 0.4, 0.6, 9].map((x) => nearest(series, x)), [0, 0, 1, 3]);
  assert.equal(nearest(line([]), 1), -1);
});

test("a name that a spreadsheet would run is led by an apostrophe, and gaps are empty cells", () => {
  const csv = toCSV([line([1, NaN], { label: '=1+1","x' }), line([2], { label: "b" }), line([9], { isFaint: true })], "step");
  assert.equal(csv, 'step,"\'=1+1"",""x",b\r\n0,1,2\r\n1,,\r\n');
});

test("numbers are short", () => {
  assert.deepEqual([0, 0.00001234, 0.123456, 12.5, 12345, 3_000_000, NaN].map(shortNumber), ["0", "1.234e-5", "0.1235", "12.5", "12.3k", "3M", "–"]);
});

test("the ticks of an axis are all written in one way", () => {
  assert.deepEqual([0, 0.0005, 0.001, 0.003].map((tick) => tickNumber(tick, 0.003)), ["0", "0.0005", "0.001", "0.003"]);
  assert.deepEqual([1e-5, 5e-5].map((tick) => tickNumber(tick, 5e-5)), ["1e-5", "5e-5"]);
});
