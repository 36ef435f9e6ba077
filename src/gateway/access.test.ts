import { describe, expect, test } from "vitest";
import { type TestPeer, TestVillage } from "../../test/support/gateway-village.ts";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { utf8 } from "../base/bytes.ts";
import { type AccessRule, parseReach } from "./access.ts";
import { RULES_MAX, SERVED_MAX, SERVED_TO_MAX } from "./limits.ts";
import type { Who } from "./types.ts";
import { parseWho } from "./who.ts";

function setUp() {
  const village = new TestVillage();
  const host = village.add("host");
  const guest = village.add("anna");
  const second = village.add("anna/2");
  const stranger = village.add("stranger");
  return { village, host, guest, second, stranger, access: host.gateway.access };
}

function whoIs({ identity }: TestPeer): Who {
  return { t: "person", id: identity.person.personId };
}

function rule(
  verdict: AccessRule["verdict"],
  who: Who,
  reach: string,
  protocol: AccessRule["protocol"] = "any",
): AccessRule {
  return { verdict, who, protocol, reach: parseReach(reach) };
}

describe("who may reach what", () => {
  test("nobody anything, without a rule", () => {
    const { access, guest, stranger, host } = setUp();
    for (const { record } of [guest, stranger, host]) {
      expect(access.mayReach(record.id, "tcp", 80)).toBe(false);
      expect(access.mayReach(record.id, "udp", 80)).toBe(false);
    }
  });

  test("a person with all of their devices, and nobody else", () => {
    const { village, access, guest, second, stranger } = setUp();
    village.outcome((done) => access.add(rule("allow", whoIs(guest), "80"), done));
    expect(access.mayReach(guest.record.id, "tcp", 80)).toBe(true);
    expect(access.mayReach(second.record.id, "udp", 80)).toBe(true);
    expect(access.mayReach(guest.record.id, "tcp", 81)).toBe(false);
    expect(access.mayReach(stranger.record.id, "tcp", 80)).toBe(false);
  });

  test("a stranger nothing, even where a rule names them", () => {
    const { village, access, stranger } = setUp();
    village.outcome((done) => access.add(rule("allow", whoIs(stranger), "all"), done));
    expect(access.mayReach(stranger.record.id, "tcp", 80)).toBe(false);
  });

  test("one protocol and not the other", () => {
    const { village, access, guest } = setUp();
    village.outcome((done) => access.add(rule("allow", whoIs(guest), "all", "udp"), done));
    expect(access.mayReach(guest.record.id, "udp", 53)).toBe(true);
    expect(access.mayReach(guest.record.id, "tcp", 53)).toBe(false);
  });

  test("a rule that denies beats those that allow, in any order", () => {
    const { village, access, guest } = setUp();
    const group: Who = { t: "group", name: "family" };
    village.groups.set("family", new Set([guest.identity.person.personId]));
    for (const one of [
      rule("deny", group, "22"),
      rule("allow", whoIs(guest), "all"),
      rule("allow", whoIs(guest), "22"),
    ]) {
      expect(village.outcome((done) => access.add(one, done))).toBe("none");
    }
    expect(access.mayReach(guest.record.id, "tcp", 80)).toBe(true);
    expect(access.mayReach(guest.record.id, "tcp", 22)).toBe(false);
    village.groups.set("family", new Set());
    expect(access.mayReach(guest.record.id, "tcp", 22)).toBe(true);
  });

  test("the newest of two verdicts about the same counts, and it can be taken back", () => {
    const { village, access, guest } = setUp();
    const [allow, deny] = [rule("allow", whoIs(guest), "80"), rule("deny", whoIs(guest), "80")];
    village.outcome((done) => access.add(allow, done));
    village.outcome((done) => access.add(deny, done));
    expect(access.rules()).toEqual([deny]);
    expect(village.outcome((done) => access.remove(allow, done))).toBe("unknown-rule");
    expect(village.outcome((done) => access.remove(deny, done))).toBe("none");
    expect(access.rules()).toEqual([]);
  });
});

describe("rules on disk", () => {
  test("are there after a restart", () => {
    const disk = new MemoryRecords();
    const village = new TestVillage();
    const guest = village.add("anna");
    const { access } = village.add("host", disk).gateway;
    const made = [
      rule("allow", whoIs(guest), "photos", "tcp"),
      rule("deny", { t: "group", name: "work" }, "all"),
    ];
    for (const one of made) village.outcome((done) => access.add(one, done));
    expect(village.add("host", disk).gateway.access.rules()).toEqual(made);
  });

  test("count only once they are kept: a full disk changes nothing", () => {
    const { village, host, access, guest } = setUp();
    host.disk.full = true;
    const code = village.outcome((done) => access.add(rule("allow", whoIs(guest), "80"), done));
    expect(code).toBe("disk-full");
    expect(access.mayReach(guest.record.id, "tcp", 80)).toBe(false);
  });

  test.each(["gateway/access", "gateway/served", "gateway/doors", "gateway/uplink"])(
    "damaged at %s: the peer says so and does not start open",
    (key) => {
      const disk = new MemoryRecords();
      disk.kept.set(key, utf8("garbage"));
      expect(() => new TestVillage().add("host", disk)).toThrow("is damaged");
    },
  );
});

describe("limits", () => {
  test("rules, at the limit and one above", () => {
    const { village, access, guest } = setUp();
    for (let port = 1; port <= RULES_MAX; port++) {
      const one = rule("allow", whoIs(guest), String(port));
      expect(village.outcome((done) => access.add(one, done))).toBe("none");
    }
    const above = rule("allow", whoIs(guest), String(RULES_MAX + 1));
    expect(village.outcome((done) => access.add(above, done))).toBe("too-many");
    const again = rule("deny", whoIs(guest), "1");
    expect(village.outcome((done) => access.add(again, done))).toBe("none");
    expect(access.rules()).toHaveLength(RULES_MAX);
  });

  test("served ports, at the limit and one above", () => {
    const { village, host, guest } = setUp();
    const { served } = host.gateway;
    const to = [whoIs(guest)];
    const serve = (port: number): string =>
      village.outcome((done) => served.serve({ port, name: undefined, to }, done));
    for (let port = 1; port <= SERVED_MAX; port++) expect(serve(port)).toBe("none");
    expect(serve(SERVED_MAX + 1)).toBe("too-many");
    expect(serve(1)).toBe("none");
    const many = Array<Who>(SERVED_TO_MAX + 1).fill(whoIs(guest));
    const crowd = { port: 1, name: undefined, to: many };
    expect(village.outcome((done) => served.serve(crowd, done))).toBe("too-many");
  });

  test("a name is served once", () => {
    const { village, host } = setUp();
    const { served } = host.gateway;
    const serve = (port: number, name: string): string =>
      village.outcome((done) => served.serve({ port, name, to: [] }, done));
    expect([serve(1, "web"), serve(2, "WEB"), serve(1, "web")]).toEqual([
      ...["none", "already-served", "none"],
    ]);
    expect(["all", "80", "", "a b", "ä", "x".repeat(33)].map((name) => serve(3, name))).toEqual(
      Array(6).fill("bad-name"),
    );
    expect(() => served.listen("web", [], () => undefined)).toThrow("already");
  });
});

test.each([
  ["80", { t: "port", port: 80 }],
  [" ALL ", { t: "all" }],
  ["Photos", { t: "service", name: "photos" }],
])("'%s' is understood", (text, reach) => {
  expect(parseReach(text)).toEqual(reach);
});

test.each(["", "0", "65536", "-1", "80-90", "a b", "ä"])("'%s' is refused", (text) => {
  expect(() => parseReach(text)).toThrow();
});

test("a contact goes before a group of the same name; neither is an error in words", () => {
  const { village, host, guest } = setUp();
  const { people, groups } = host.gateway;
  village.groups.set("anna", new Set());
  village.groups.set("family", new Set());
  expect(parseWho("anna", people, groups)).toEqual(whoIs(guest));
  expect(parseWho("Family", people, groups)).toEqual({ t: "group", name: "family" });
  expect(() => parseWho("nobody", people, groups)).toThrow("no group of that name");
});
