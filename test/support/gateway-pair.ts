import type { Who } from "../../src/gateway/index.ts";
import { type TestNear, type TestPeer, TestVillage } from "./gateway-village.ts";

/** The local port that leads to Anna. */
export const PORT = 8_080;

/** What two peers can be told to do. */
export interface GatewayPair {
  readonly village: TestVillage;
  readonly anna: TestPeer;
  readonly ben: TestPeer;
  /** Anna serves her port 80 to Ben. */
  allow(): string;
  /** Ben forwards a port to it. */
  forward(port?: number): string;
  /** A program of Ben's connects to PORT. */
  enter(): TestNear;
  /** Ben opens his proxy at 1080. */
  proxy(): string;
  /** Why Ben's programs were refused last. */
  lastWords(): string;
}

/** Ben reaches Anna's port 80 by his port 8080. */
export function gatewayPair(): GatewayPair {
  const village = new TestVillage();
  const anna = village.add("anna");
  const ben = village.add("ben");
  const to: Who = { t: "person", id: ben.identity.person.personId };
  anna.net.listening.add(80);
  const allow = (): string =>
    village.outcome((done) => anna.gateway.served.serve({ port: 80, name: "web", to: [to] }, done));
  const forward = (port = PORT): string => {
    const who = anna.identity.person.personId;
    return village.outcome((done) =>
      ben.gateway.doors.forward({ port, who, to: { t: "port", port: 80 } }, done),
    );
  };
  /** A program of Ben's connects. */
  const enter = (): TestNear => {
    const near = ben.net.enter(PORT);
    village.settle();
    return near;
  };
  const proxy = (): string => village.outcome((done) => ben.gateway.doors.openProxy(1080, done));
  const lastWords = (): string => ben.gateway.refusals.all().at(-1)?.words ?? "";
  return { village, anna, ben, allow, forward, enter, proxy, lastWords };
}
