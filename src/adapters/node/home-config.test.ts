import { describe, expect, test } from "vitest";
import { auditsOf } from "./audits-config.ts";
import { healingOf } from "./healing-config.ts";
import { parseConfig } from "./home-config.ts";

const parse = (value: object): unknown => parseConfig(JSON.stringify(value), "config.json");

test("whether the line costs by the byte", () => {
  expect(parse({ metered: true })).toEqual({ metered: true });
  expect(() => parse({ metered: "yes" })).toThrow(
    /"metered" is not understood. Write true or false/,
  );
});

test("where names are answered, and whether they may end shorter", () => {
  const settings = { dnsPort: 65_535, shortNames: true };
  expect(parse(settings)).toEqual(settings);
  for (const dnsPort of [0, 65_536, 53.5, "53"]) {
    expect(() => parse({ dnsPort })).toThrow(/"dnsPort" is not understood. Write a number from 1/);
  }
  expect(() => parse({ shortNames: 1 })).toThrow(/"shortNames" is not understood/);
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

describe("audits", () => {
  const audits = (value: object): unknown => auditsOf(parseConfig(JSON.stringify(value), "c.json"));

  test("are off, or as the settings say, or as usual", () => {
    expect(audits({ audits: false })).toEqual({ isOff: true });
    expect(audits({})).toEqual({});
    expect(audits({ audits: { everyDays: 3650, perHour: "2 GB" } })).toEqual({
      everyMs: 3650 * 86_400_000,
      bytesPerHour: 2e9,
    });
  });

  test.each([
    [{ audits: true }, '"audits" is not understood. Write false, or a map'],
    [{ audits: [] }, '"audits" is not understood'],
    [{ audits: { everyDays: 0 } }, '"audits.everyDays" is not understood'],
    [{ audits: { everyDays: 3651 } }, '"audits.everyDays" is not understood'],
    [{ audits: { everyDays: "30 GB" } }, '"audits.everyDays" is not understood'],
    [{ audits: { perHour: "much" } }, '"audits.perHour" is not understood'],
    [{ audits: { often: 3 } }, '"audits.often" is not understood'],
  ])("%j is refused", (value, words) => {
    expect(() => parse(value)).toThrow(words);
  });
});

describe("healing", () => {
  const heals = (value: object): unknown => healingOf(parseConfig(JSON.stringify(value), "c.json"));

  test("is off, or as the settings say, or as usual", () => {
    expect(heals({ healing: false })).toEqual({ isOff: true });
    expect(heals({})).toEqual({});
    const healing = { perHour: "2 GB", deadAfterSeconds: 10, watchSeconds: 90, turnSeconds: 2 };
    expect(heals({ healing })).toEqual({
      bytesPerHour: 2e9,
      deadAfter: { minMs: 10_000, maxMs: 10_000, unknownMs: 10_000 },
      watchMs: 90_000,
      watchFirstMs: 60_000,
      turnMs: 2_000,
    });
  });

  test.each([
    [{ healing: true }, '"healing" is not understood. Write false, or a map'],
    [{ healing: [] }, '"healing" is not understood'],
    [{ healing: { watchSeconds: 0 } }, '"healing.watchSeconds" is not understood'],
    [{ healing: { turnSeconds: "30 B" } }, '"healing.turnSeconds" is not understood'],
    [{ healing: { turnSeconds: 1e9 } }, '"healing.turnSeconds" is not understood'],
    [{ healing: { perHour: "much" } }, '"healing.perHour" is not understood'],
    [{ healing: { often: 3 } }, '"healing.often" is not understood'],
  ])("%j is refused", (value, words) => {
    expect(() => parse(value)).toThrow(words);
  });
});
