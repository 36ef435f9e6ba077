import { describe, expect, test } from "vitest";
import { attempt, readableOf } from "./attempt.ts";
import { AssertionError, TypedError } from "./errors.ts";

class RoomError extends TypedError<"damaged"> {
  override readonly name = "RoomError";
}

function read(record: number): number | undefined {
  if (record < 0) throw new RoomError("damaged", "This record is damaged.");
  return record === 0 ? undefined : record * 10;
}

describe("an attempt", () => {
  test("comes to a value, and nothing is a value too", () => {
    expect(attempt(() => read(7))).toEqual({ value: 70, refusal: undefined });
    expect(attempt(() => read(0))).toEqual({ value: undefined, refusal: undefined });
  });

  test("comes to the refusal of a room", () => {
    const { value, refusal } = attempt(() => read(-1));
    expect(value).toBeUndefined();
    expect(refusal).toBeInstanceOf(RoomError);
    expect(refusal?.code).toBe("damaged");
  });

  test.each([new AssertionError("broken"), new RangeError("broken"), "broken"])(
    "lets a defect go on: %s",
    (defect) => {
      const fail = (): never => {
        throw defect;
      };
      expect(() => attempt(fail)).toThrow("broken");
      expect(() => readableOf([1], fail)).toThrow("broken");
    },
  );
});

test("of many records those that can be read are left, in order", () => {
  expect(readableOf([1, -1, 0, 2], read)).toEqual([10, undefined, 20]);
  expect(readableOf([], read)).toEqual([]);
});
