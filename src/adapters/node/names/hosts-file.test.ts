import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { clearLeftNames, HostsFile } from "./hosts-file.ts";
import { withNames, withoutNames } from "./hosts-text.ts";
import { HOSTS_FILE_BYTES_MAX } from "./limits.ts";

fc.configureGlobal({ seed: 1 });

const folder = mkdtempSync(join(tmpdir(), "peernet-hosts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ANNA = { address: "fd12::1", name: "anna.peer.alt" };
const BEN = { address: "fd12::2", name: "ben.peer.alt" };
const USERS = "127.0.0.1 localhost\n# mine\n10.0.0.1\tprinter\n";
const all = (): boolean => true;

function fileOf(text: string): string {
  const path = join(folder, `hosts${Math.floor(performance.now() * 1e6)}`);
  writeFileSync(path, text, "latin1");
  return path;
}

describe("a block of names in a text", () => {
  const line = fc.oneof(
    fc.string({ maxLength: 20, unit: "binary-ascii" }),
    fc.constantFrom("127.0.0.1 localhost", "# peernet0 ends", "fd12::9 other", "\r", ""),
  );
  const anyText = fc
    .tuple(fc.array(line, { maxLength: 6 }), fc.boolean())
    .map(([lines, isEnded]) => lines.join("\n") + (isEnded ? "\n" : ""));

  test("once removed, it leaves every byte as it was", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(withoutNames(withNames(text, "peernet0", [ANNA, BEN]), all)).toBe(text);
      }),
    );
  });

  test("is replaced, not added again, and those of other interfaces stay", () => {
    const two = withNames(withNames(USERS, "peernet0", [ANNA]), "peernet1", [BEN]);
    const again = withNames(two, "peernet0", [BEN]);
    expect(again.match(/ begins/g)).toHaveLength(2);
    expect(again).not.toContain("anna");
    expect(withNames(again, "peernet0", [BEN])).toBe(again);
    expect(withoutNames(again, (tag) => tag === "peernet0")).toBe(
      withNames(USERS, "peernet1", [BEN]),
    );
  });

  test("what a person added after it or within it stays", () => {
    const block = withNames(USERS, "peernet0", [ANNA, BEN]);
    expect(withoutNames(`${block}1.2.3.4 later\n`, all)).toBe(`${USERS}1.2.3.4 later\n`);
    const within = block.replace("fd12::2 ben.peer.alt\n", "1.2.3.4 within\n");
    expect(withoutNames(within, all)).toContain(`${USERS}1.2.3.4 within\n`);
  });

  test("cut short anywhere, it takes nothing of others with it", () => {
    const whole = withNames(USERS, "peernet0", [ANNA, BEN]);
    const begin = whole.indexOf("\n", USERS.length) + 1;
    for (let length = begin; length < whole.length; length++) {
      expect(withoutNames(whole.slice(0, length), all)).toBe(USERS);
    }
  });
});

describe("a hosts file", () => {
  test("has the names, in both spellings, and is restored with its owner and mode", async () => {
    const path = fileOf(`${USERS}10.0.0.2 caf\u00e9`);
    const before = [readFileSync(path), statSync(path).mode, statSync(path).ino];
    const hosts = new HostsFile(path, "peernet0");
    await hosts.set([ANNA, { address: "fd12::3", name: "jörg.peer.alt" }]);
    const text = readFileSync(path, "utf8");
    expect(text).toContain("\nfd12::1 anna.peer.alt\n");
    expect(text).toContain("\nfd12::3 jörg.peer.alt\nfd12::3 xn--jrg-sna.peer.alt\n");
    await hosts.set([BEN]);
    expect(readFileSync(path, "utf8")).not.toContain("anna");
    await hosts.clear();
    expect([readFileSync(path), statSync(path).mode, statSync(path).ino]).toEqual(before);
  });

  test("changes that overlap come one after another", async () => {
    const path = fileOf(USERS);
    const hosts = new HostsFile(path, "peernet0");
    await Promise.all([hosts.set([ANNA]), hosts.set([BEN]), hosts.set([ANNA]), hosts.clear()]);
    expect(readFileSync(path, "latin1")).toBe(USERS);
  });

  test("that is not there or is too large is left alone, with the system's word for it", async () => {
    const missing = new HostsFile(join(folder, "missing"), "peernet0");
    await expect(missing.set([ANNA])).rejects.toMatchObject({ code: "ENOENT" });
    const path = fileOf(USERS);
    truncateSync(path, HOSTS_FILE_BYTES_MAX + 1);
    await expect(new HostsFile(path, "peernet0").set([ANNA])).rejects.toMatchObject({
      code: "EFBIG",
    });
    expect(statSync(path).size).toBe(HOSTS_FILE_BYTES_MAX + 1);
    const full = fileOf(USERS.padEnd(HOSTS_FILE_BYTES_MAX, "#"));
    await new HostsFile(full, "peernet0").set([ANNA]);
    expect(statSync(full).size).toBeGreaterThan(HOSTS_FILE_BYTES_MAX);
  });

  test("is rid of what killed peers left, and of nothing else", async () => {
    const path = fileOf(withNames(withNames(USERS, "peernet0", [ANNA]), "peernet1", [BEN]));
    await clearLeftNames(path, (name) => name === "peernet1");
    expect(readFileSync(path, "latin1")).toBe(withNames(USERS, "peernet1", [BEN]));
    await clearLeftNames(join(folder, "missing"), () => false);
  });
});
