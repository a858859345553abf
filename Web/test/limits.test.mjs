import assert from "node:assert/strict";
import test from "node:test";
import { limitOf, storageOf, storageText } from "../.test/limits.mjs";

test("an empty field is no limit, and what is no whole number is told", () => {
  assert.equal(limitOf("", 0), undefined);
  assert.equal(limitOf(" ", 1), undefined);
  assert.equal(limitOf("0", 0), 0);
  for (const wrong of ["0", "-1", "1.5", "x", "1e400", "99999999999999999999"]) assert.ok(Number.isNaN(limitOf(wrong, 1)), wrong);
});

test("a storage limit that is shown and saved again is the same bytes", () => {
  for (const bytes of [0, 1, 999, 1_500_000_000, 1_610_612_736, 123_456_789_012]) {
    assert.equal(storageOf(storageText(bytes)), bytes);
  }
  assert.equal(storageText(1_500_000_000), "1.5");
  assert.equal(storageText(undefined), "");
  assert.equal(storageText(null), "");
  for (const wrong of ["-1", "x", "1e30"]) assert.ok(Number.isNaN(storageOf(wrong)), wrong);
});
