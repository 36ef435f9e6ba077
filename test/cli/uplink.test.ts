import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseQuota, parseRate } from "../../src/cli/commands/gateway.ts";
import { type CommandResult, PeerProcess, peernet } from "./peer-process.ts";
import { jsonOf, startTwoContacts } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-cli-"));
let anna: PeerProcess;
let ben: PeerProcess;

beforeAll(async () => {
  ({ anna, ben } = await startTwoContacts(folder));
});
afterAll(async () => {
  await Promise.all([anna.end(), ben.end()]);
  rmSync(folder, { recursive: true, force: true });
});

function as(peer: PeerProcess, words: readonly string[]): Promise<CommandResult> {
  return peernet([...words, "--home", peer.home]);
}

describe("an uplink", () => {
  test("is off, is shared and used, told in words, kept over a restart, and put off", async () => {
    expect(await jsonOf(anna, ["gateway"])).toMatchObject({
      uplink: { shares: [], use: null, meters: [] },
      proxy: { port: null },
    });
    expect((await as(anna, ["gateway", "status"])).stdout).toContain("shared with nobody");
    const words = ["gateway", "share", "--to", "ben", "--quota", "2GB/day", "--rate", "10Mbit"];
    expect(await jsonOf(anna, [...words, "--also", "192.168.1.0/24"])).toEqual({
      ...{ to: "Ben", kind: "person", quotaBytes: 2e9, rateBits: 1e7, usedTodayBytes: 0 },
      ...{ alsoTo: ["192.168.1.0/24"], fullTunnel: false, meteredOk: false },
    });
    const shared = await as(anna, words);
    expect(shared.stdout).toContain("Ben: 0 B of 2.0 GB today, at most 10 Mbit/s");
    expect(shared.stderr).toContain("with your address");
    expect(await jsonOf(ben, ["gateway", "use", "anna"])).toMatchObject({ use: "anna" });
    await Promise.all([anna.end(), ben.end()]);
    await Promise.all([anna.start(), ben.start()]);
    expect((await as(ben, ["gateway", "status"])).stdout).toContain("using that of anna");
    expect((await as(anna, ["gateway", "status"])).stdout).toContain("shared with Ben");
    expect(await jsonOf(ben, ["gateway", "off", "use"])).toMatchObject({ use: null });
    expect(await jsonOf(anna, ["gateway", "off"])).toMatchObject({ shares: [] });
  });

  test("may be for a group of the settings", async () => {
    await anna.end();
    writeFileSync(join(anna.home, "config.json"), '{"groups":{"family":["ben"]}}');
    await anna.start();
    expect(await jsonOf(anna, ["gateway", "share", "--to", "Family"])).toMatchObject({
      ...{ to: "family", kind: "group", quotaBytes: null, rateBits: null },
    });
    expect((await as(anna, ["allow", "family", "80,443"])).stdout).toBe(
      "Everybody in family may reach port 80 on this machine.\n" +
        "Everybody in family may reach port 443 on this machine.\n",
    );
    // As groups are written to.
    expect((await as(anna, ["allow", "@family", "22"])).stdout).toBe(
      "Everybody in family may reach port 22 on this machine.\n",
    );
  });

  test.each([
    [["gateway", "share"], 2, "Say with whom"],
    [["gateway", "share", "--to", "nobody"], 1, "no group of that name"],
    [["gateway", "share", "--to", "ben", "--quota", "much"], 2, "such as 2GB/day"],
    [["gateway", "share", "--to", "ben", "--rate", "fast"], 2, "such as 10Mbit"],
    [["gateway", "share", "--to", "ben", "--rate", "0Mbit"], 2, "such as 10Mbit"],
    [["gateway", "share", "--to", "ben", "--also", "all"], 1, "no range of addresses"],
    [["gateway", "use"], 2, "Say whose"],
    [["gateway", "use", "nobody"], 1, "No contact is called 'nobody'."],
    [["gateway", "off", "everything"], 2, "off [share|use]"],
    [["gateway", "open"], 2, "share, use, off or status"],
  ] as const)("%j is refused in words", async (words, exitCode, advice) => {
    const { code, stdout, stderr } = await as(anna, words);
    expect([code, stdout]).toEqual([exitCode, ""]);
    expect(stderr).toContain(advice);
    expect(stderr).not.toMatch(/ {4}at |defect/);
  });
});

test("settings with groups that are none are refused", async () => {
  const home = join(folder, "groups");
  const peer = new PeerProcess(home);
  await peer.start();
  await peer.end();
  for (const groups of ['"x"', '["x"]', '{"A b":[]}', '{"a":"ben"}', '{"a":[1]}']) {
    writeFileSync(join(home, "config.json"), `{"groups":${groups}}`);
    const { code, stderr } = await peernet(["up", "--no-open", "--home", home]);
    expect([groups, code]).toEqual([groups, 1]);
    expect(stderr).toContain('{"family": ["anna", "ben"]}');
  }
});

test("rates and quotas are read as people write them", () => {
  expect(["10Mbit", "500 kbit/s", "1.5Gbit"].map(parseRate)).toEqual([1e7, 5e5, 1.5e9]);
  expect(["", "10", "10MB", "-1Mbit"].map(parseRate)).toEqual(Array(4).fill(undefined));
  expect(["2GB/day", "500 MB", "1TB / day"].map(parseQuota)).toEqual([2e9, 5e8, 1e12]);
  expect(["", "2GB/week", "x"].map(parseQuota)).toEqual(Array(3).fill(undefined));
});
