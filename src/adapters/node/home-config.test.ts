import { describe, expect, test } from "vitest";
import { parseConfig } from "./home-config.ts";

const parse = (value: object): unknown => parseConfig(JSON.stringify(value), "config.json");

test("whether the line costs by the byte", () => {
  expect(parse({ metered: true })).toEqual({ metered: true });
  expect(() => parse({ metered: "yes" })).toThrow(
    /"metered" is not understood. Write true or false/,
  );
});

describe("settings of the virtual interface", () => {
  test("its name", () => {
    expect(parse({ tun: "peernet7" })).toEqual({ tun: "peernet7" });
  });

  test.each([
    [{ tun: true }, '"tun" is not understood. Write a name that begins with peernet'],
    [{ tun: "eth0" }, '"tun" is not understood'],
  ])("%j is refused", (value, words) => {
    expect(() => parse(value)).toThrow(words);
  });
});
