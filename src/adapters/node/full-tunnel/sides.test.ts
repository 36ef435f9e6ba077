import { afterEach, describe, expect, test, vi } from "vitest";
import { AdapterError } from "../errors.ts";
import { type Ended, mustRun, type RunProgram, runProgram } from "./programs.ts";
import { findResolvers, resolversIn } from "./resolvers.ts";
import { ShareSide } from "./share-side.ts";
import { readSysctl, setSysctl } from "./sysctl.ts";
import { UserSide } from "./user-side.ts";

vi.mock("./sysctl.ts", () => {
  const values = new Map<string, string>();
  return {
    readSysctl: (name: string) => values.get(name) ?? "0",
    setSysctl: (name: string, value: string) => values.set(name, value) !== undefined,
    listSysctl: (folder: string) => (folder === "net/ipv6/conf" ? ["all", "eth0"] : []),
  };
});
afterEach(() => {
  for (const name of ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"]) setSysctl(name, "0");
});

/** A system that remembers its rules and tables, as far as the two sides look at them. */
class TestSystem {
  readonly calls: string[] = [];
  readonly rules = { 4: new Set<string>(), 6: new Set<string>() };
  table = "";
  /** Says no to calls that contain this. */
  refuses = "\0";

  readonly run: RunProgram = (name, words, input = "") => {
    const call = [name, ...words].join(" ");
    this.calls.push(call + (input === "" ? "" : `\n${input.trim()}`));
    if (`${call}${input}`.includes(this.refuses))
      return ended(false, "", "Operation not permitted");
    if (name === "nft") return this.#nft(words, input);
    const family = words.includes("-4") ? 4 : 6;
    if (words.includes("show")) {
      const lines = [...this.rules[family]].map((rule) => `${/pref (\d+)/.exec(rule)?.[1]}:\tx`);
      return ended(true, lines.join("\n"));
    }
    const commands = input === "" ? [words.slice(1).join(" ")] : input.trim().split("\n");
    return ended(commands.map((command) => this.#rule(family, command)).every(Boolean));
  };

  #rule(family: 4 | 6, command: string): boolean {
    const rules = this.rules[family];
    if (command.startsWith("rule add ")) {
      const isNew = !rules.has(command);
      rules.add(command);
      return isNew;
    }
    if (!command.startsWith("rule del ")) return true;
    const wanted = command.slice("rule del ".length);
    const found = [...rules].find((rule) => rule.startsWith(`rule add ${wanted} `));
    return found !== undefined && rules.delete(found);
  }

  #nft(words: readonly string[], input: string): Ended {
    if (words[0] === "list") return ended(this.table !== "", this.table);
    if (words[0] === "delete") this.table = "";
    else this.table = input;
    return ended(true);
  }
}

function ended(isFine: boolean, output = "", complaint = ""): Ended {
  return { isFine, output, complaint };
}

const routes = {
  address4: "198.18.1.0",
  address6: "fc00::100",
  names4: "198.18.0.1",
  names6: undefined,
  mtuBytes: 1_420,
};

describe("the using side", () => {
  test("shuts the way in both families, again without a gap, and opens it without a trace", () => {
    const system = new TestSystem();
    const side = new UserSide(system.run);
    expect(side.isShut()).toBe(false);
    side.shut();
    expect(side.isShut()).toBe(true);
    const stood = system.rules[4].size;
    expect(stood).toBeGreaterThan(5);
    const before = system.calls.length;
    side.shut();
    const later = system.calls.slice(before).join("\n");
    expect(system.rules[4].size).toBe(stood);
    expect(later).not.toContain("rule del");
    side.open();
    expect([system.rules[4].size, system.rules[6].size, system.table]).toEqual([0, 0, ""]);
    expect(side.isShut()).toBe(false);
  });

  test("replaces what another version of it has left", () => {
    const system = new TestSystem();
    system.rules[4].add("rule add pref 5102 to 1.2.3.0/24 lookup main");
    new UserSide(system.run).shut();
    expect([...system.rules[4]].join("\n")).not.toContain("1.2.3.0");
    expect([...system.rules[4]].join("\n")).toContain("pref 5100 fwmark");
  });

  test("the wall stands in the table before anything is led there", () => {
    const system = new TestSystem();
    new UserSide(system.run).shut();
    const text = system.calls.join("\n");
    const wall = text.indexOf("unreachable default");
    expect(wall).toBeGreaterThan(-1);
    expect(wall).toBeLessThan(text.indexOf("rule add pref 5103"));
  });

  test("leads names to the exit only where it answers them", () => {
    const system = new TestSystem();
    const side = new UserSide(system.run);
    side.shut();
    side.lead(routes);
    expect(system.table).toContain("dnat ip to 198.18.0.1");
    expect(system.table).not.toContain("dnat ip6");
    expect(system.calls.join("\n")).toContain("src 198.18.1.0");
  });

  test("says in words what it may not, and what is missing", () => {
    const system = new TestSystem();
    system.refuses = "route replace unreachable";
    const shut = (): void => new UserSide(system.run).shut();
    expect(shut).toThrow(/only root may. Start the peer with sudo/);
    const nothing: RunProgram = () => {
      throw new AdapterError("unsupported", "no such program");
    };
    expect(new UserSide(nothing).isShut()).toBe(false);
    expect(() => new UserSide(nothing).open()).not.toThrow();
    expect(() => new UserSide(nothing).shut()).toThrow(AdapterError);
  });
});

describe("the sharing side", () => {
  const shared = {
    ...{ pool4: "198.18.0.0/16", pool6: "fc00::/64", address4: "198.18.0.1", address6: "fc00::1" },
    ...{ resolver4: "9.9.9.9", resolver6: undefined },
  };

  test("forwards while it is open, and puts back what was off before, also after a crash", () => {
    const system = new TestSystem();
    setSysctl("net/ipv6/conf/eth0/accept_ra", "1");
    new ShareSide(system.run).open(shared);
    expect(readSysctl("net/ipv4/ip_forward")).toBe("1");
    expect(readSysctl("net/ipv6/conf/eth0/accept_ra")).toBe("2");
    expect(system.table).toContain("dnat ip to 9.9.9.9");
    expect(system.table).not.toContain("undefined");
    // Killed and started again: that it forwards now is its own doing.
    new ShareSide(system.run).open(shared);
    new ShareSide(system.run).close();
    expect(readSysctl("net/ipv4/ip_forward")).toBe("0");
    expect(readSysctl("net/ipv6/conf/all/forwarding")).toBe("0");
    expect(system.table).toBe("");
  });

  test("leaves forwarding on where it was on", () => {
    const system = new TestSystem();
    setSysctl("net/ipv4/ip_forward", "1");
    const side = new ShareSide(system.run);
    side.open(shared);
    side.close();
    expect(readSysctl("net/ipv4/ip_forward")).toBe("1");
    expect(readSysctl("net/ipv6/conf/all/forwarding")).toBe("0");
  });

  test("nothing that comes in by it goes out by somebody else's uplink", () => {
    const system = new TestSystem();
    new ShareSide(system.run).open(shared);
    expect(system.table).toContain('iifname "peernet-share" oifname "peernet*" reject');
  });
});

describe("servers of names", () => {
  test.each([
    ["nameserver 192.168.1.1\nnameserver 9.9.9.9", "192.168.1.1", undefined],
    ["# nameserver 1.1.1.1\nnameserver 127.0.0.53", undefined, undefined],
    ["nameserver ::1\nnameserver fe80::1%eth0\nnameserver 2620:fe::fe", undefined, "2620:fe::fe"],
    ["nameserver fe80::1\noptions edns0", undefined, undefined],
    ["", undefined, undefined],
  ])("%j", (text, resolver4, resolver6) => {
    expect(resolversIn(text)).toEqual({ resolver4, resolver6 });
  });

  test("behind a server of this machine's own, those that it asks", () => {
    const files: Readonly<Record<string, string>> = {
      "/etc/resolv.conf": "nameserver 127.0.0.53",
      "/run/systemd/resolve/resolv.conf": "nameserver 10.0.0.1",
    };
    expect(findResolvers((file) => files[file] ?? "").resolver4).toBe("10.0.0.1");
  });
});

describe("programs of the system", () => {
  test("one that is missing is named with its package", () => {
    expect(() => runProgram("nft-that-is-not-there", [])).toThrow(/needs the program 'nft-that/);
  });

  test("what goes wrong is told in its own words", () => {
    const run: RunProgram = () => ended(false, "", "Error: no such table");
    expect(() => mustRun(run, "nft", [])).toThrow(/'nft' refused .*no such table/);
    expect(runProgram("node", ["-e", "process.exit(3)"])).toMatchObject({ isFine: false });
    expect(mustRun(runProgram, "node", ["-e", "process.stdin.pipe(process.stdout)"], "x")).toBe(
      "x",
    );
  });
});
