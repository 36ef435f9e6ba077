import { expect, test } from "vitest";
import { TestVillage } from "../../test/support/gateway-village.ts";
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
  return { rule, serve, enters, who };
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
