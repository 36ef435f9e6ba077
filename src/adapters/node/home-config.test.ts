import { describe, expect, test } from "vitest";
import { parseConfig } from "./home-config.ts";

const parse = (value: object): unknown => parseConfig(JSON.stringify(value), "config.json");

test("whether the line costs by the byte", () => {
  expect(parse({ metered: true })).toEqual({ metered: true });
  expect(() => parse({ metered: "yes" })).toThrow(
    /"metered" is not understood. Write true or false/,
  );
});

test("whether links repair what they lose", () => {
  expect(parse({ repair: true })).toEqual({ repair: true });
  expect(() => parse({ repair: 1 })).toThrow(/"repair" is not understood. Write true or false/);
});

describe("settings of the virtual interface", () => {
  test("its name, and whether names of contacts lead to it", () => {
    expect(parse({ tun: "peernet7", names: false })).toEqual({ tun: "peernet7", names: false });
  });

  test.each([
    [{ tun: true }, '"tun" is not understood. Write a name that begins with peernet'],
    [{ names: "yes" }, '"names" is not understood. Write true or false'],
    [{ tun: "eth0" }, '"tun" is not understood'],
  ])("%j is refused", (value, words) => {
    expect(() => parse(value)).toThrow(words);
  });
});
