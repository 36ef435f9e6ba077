import { expect, test } from "vitest";
import { NO_LABEL } from "./label-codec.ts";
import { Labels } from "./labels.ts";
import { LABEL_MAX, LABEL_REST_MS } from "./limits.ts";

test("neighbours get the smallest free numbers", () => {
  const labels = new Labels();
  for (const id of ["a", "b", "c"]) labels.add(id, 0);
  expect(["a", "b", "c"].map((id) => labels.of(id))).toEqual([1, 2, 3]);
  expect(labels.neighbour(2)).toBe("b");
  expect(labels.of("d")).toBe(NO_LABEL);
  expect(labels.neighbour(NO_LABEL)).toBe(undefined);
});

test("a number rests for a minute before another neighbour gets it", () => {
  const labels = new Labels();
  labels.add("a", 0);
  labels.remove("a", 1_000);
  expect([labels.neighbour(1), labels.isResting(1)]).toEqual([undefined, true]);
  labels.add("b", 1_000 + LABEL_REST_MS - 1);
  expect(labels.of("b")).toBe(2);
  labels.add("c", 1_000 + LABEL_REST_MS);
  expect(labels.of("c")).toBe(1);
});

test("who comes back within that time has its old number", () => {
  const labels = new Labels();
  labels.add("a", 0);
  labels.add("b", 0);
  labels.remove("a", 10);
  labels.remove("b", 20);
  labels.add("b", 30);
  labels.add("a", 40);
  expect([labels.of("a"), labels.of("b")]).toEqual([1, 2]);
});

test("there are LABEL_MAX numbers, and one more neighbour has none", () => {
  const labels = new Labels();
  labels.remove("nobody", 0);
  for (let i = 1; i <= LABEL_MAX; i++) labels.add(`n${i}`, 0);
  expect(labels.of(`n${LABEL_MAX}`)).toBe(LABEL_MAX);
  labels.add("one more", 0);
  expect(labels.of("one more")).toBe(NO_LABEL);
  labels.remove("one more", 0);
  expect(labels.neighbour(LABEL_MAX)).toBe(`n${LABEL_MAX}`);
});
