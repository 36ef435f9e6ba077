import { expect, test } from "vitest";
import { middleOf } from "./small-picture.ts";

test("the middle of a picture is its largest square", () => {
  expect(middleOf(400, 300)).toEqual({ x: 50, y: 0, side: 300 });
  expect(middleOf(300, 400)).toEqual({ x: 0, y: 50, side: 300 });
  expect(middleOf(7, 7)).toEqual({ x: 0, y: 0, side: 7 });
  expect(middleOf(1, 10_000)).toEqual({ x: 0, y: 4_999.5, side: 1 });
});
