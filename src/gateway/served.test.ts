import { expect, test } from "vitest";
import { TestNear, type TestPeer, TestVillage } from "../../test/support/gateway-village.ts";
import { parseReach } from "./access.ts";

function setUp() {
  const village = new TestVillage();
  const host = village.add("host");
  const { identity, record } = village.add("anna");
  const who = { t: "person", id: identity.person.personId } as const;
  const { served } = host.gateway;
  const rule = (verdict: "allow" | "deny", words: string): void => {
    const reach = parseReach(words);
    village.outcome((done) =>
      host.gateway.access.add({ verdict, who, protocol: "any", reach }, done),
    );
  };
  const serve = (to: readonly (typeof who)[]): void => {
    village.outcome((done) => served.serve({ port: 3_000, name: "photos", to }, done));
  };
  const enters = (port: number, protocol: "tcp" | "udp" = "tcp"): boolean =>
    served.mayEnter(record.id, protocol, port);
  return { rule, serve, served, enters, who };
}

test("a port that is served to somebody is open to them over the virtual interface, by TCP", () => {
  const { serve, enters, who } = setUp();
  expect(enters(3_000)).toBe(false);
  serve([who]);
  expect([enters(3_000), enters(3_001), enters(3_000, "udp")]).toEqual([true, false, false]);
});

test("a denial by name holds there, too", () => {
  const { rule, serve, enters } = setUp();
  serve([]);
  rule("allow", "all");
  expect(enters(3_000)).toBe(true);
  rule("deny", "photos");
  expect([enters(3_000), enters(3_001)]).toEqual([false, true]);
});

test("a program takes a port of the mesh, on which nothing of this machine listens", () => {
  const village = new TestVillage();
  const host = village.add("host");
  const anna = village.add("anna");
  const ben = village.add("ben");
  const { served, access } = host.gateway;
  const to = { t: "person", id: anna.identity.person.personId } as const;
  const program = new TestNear();
  const stop = served.listen(4_001, [to], (_from, done) => done(null, program));
  const ask = (guest: TestPeer, port: number): string | null => {
    let answer: string | null = "none";
    guest.gateway.connect("host", { t: "port", port }, (_words, refusal, tunnel) => {
      answer = refusal;
      tunnel?.drop();
    });
    village.settle();
    return answer;
  };
  expect([ask(anna, 4_001), ask(ben, 4_001), ask(anna, 4_002)]).toEqual([null, "denied", "denied"]);
  const who = { t: "person", id: ben.identity.person.personId } as const;
  const rule = { verdict: "allow", who, protocol: "tcp", reach: parseReach("4001") } as const;
  village.outcome((done) => access.add(rule, done));
  expect(ask(ben, 4_001)).toBeNull();
  expect(host.net.dialled).toEqual([]);
  stop();
  expect([ask(anna, 4_001), ask(ben, 4_001)]).toEqual(["denied", "not-listening"]);
});

test("a port is listened on by one: a program, or what is served for good", () => {
  const { serve, served } = setUp();
  const listen = (port: number): (() => void) => served.listen(port, [], () => undefined);
  serve([]);
  expect(() => listen(3_000)).toThrow("already");
  const stop = listen(3_001);
  expect(() => listen(3_001)).toThrow("already");
  stop();
  listen(3_001);
  for (const port of [0, 65_536, 1.5, -1]) expect(() => listen(port)).toThrow("1 to 65535");
  expect(() => served.listen("3002", [], () => undefined)).toThrow("letters, digits and hyphens");
  expect(served.programs()).toEqual(["3001"]);
});
