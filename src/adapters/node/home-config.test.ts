import { describe, expect, test } from "vitest";
import { parseConfig } from "./home-config.ts";

const parse = (value: object): unknown => parseConfig(JSON.stringify(value), "config.json");

describe("settings of the virtual interface", () => {
  test("its name, and the ports that it opens", () => {
    const config = { tun: "peernet7", tunOpen: ["tcp/1", "udp/65535"] };
    expect(parse(config)).toEqual(config);
  });

  test.each([
    [{ tun: true }, '"tun" is not understood. Write a name that begins with peernet'],
    [{ tun: "eth0" }, '"tun" is not understood'],
    [{ tunOpen: "tcp/22" }, '"tunOpen" is not understood. Write a list'],
    [{ tunOpen: ["tcp/0"] }, '"tunOpen[0]" is not understood'],
    [{ tunOpen: ["tcp/22", "tcp/65536"] }, '"tunOpen[1]" is not understood'],
    [{ tunOpen: ["icmp/1"] }, '"tunOpen[0]" is not understood'],
    [{ tunOpen: [22] }, '"tunOpen[0]" is not understood'],
    [{ tunOpen: Array(65).fill("tcp/22") }, "at most 64 entries"],
  ])("%j is refused", (value, words) => {
    expect(() => parse(value)).toThrow(words);
  });
});
