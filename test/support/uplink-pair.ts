import { expect } from "vitest";
import type { Account, Who } from "../../src/gateway/index.ts";
import { READING_IDLE_MS } from "../../src/gateway/limits.ts";
import { type TestNear, type TestPeer, TestVillage } from "./gateway-village.ts";

/** The host of the internet. */
export const HOST: string = "example.org";

/** How an uplink is shared. */
export interface Terms {
  readonly quotaBytes?: number;
  readonly rateBits?: number;
  readonly alsoTo?: readonly string[];
  readonly fullTunnel?: boolean;
  readonly meteredOk?: boolean;
}

/** What the two sides of an uplink can be told to do. */
export interface UplinkPair {
  readonly village: TestVillage;
  readonly anna: TestPeer;
  readonly ben: TestPeer;
  /** Ben, as rules name him. */
  readonly to: Who;
  share(more?: Terms): string;
  use(): string;
  /** A program of Ben's asks for a host. */
  enter(host?: string): TestNear;
}

/** Ben may use Anna's uplink; a host of the internet answers her. */
export function uplinkPair(terms: Terms = {}): UplinkPair {
  const village = new TestVillage();
  const anna = village.add("anna");
  const ben = village.add("ben");
  const to: Who = { t: "person", id: ben.identity.person.personId };
  anna.net.hosts.set(HOST, ["93.184.216.34"]);
  const share = (more: Terms = terms): string =>
    village.outcome((done) => {
      const { quotaBytes, rateBits, alsoTo = [], fullTunnel = false, meteredOk = false } = more;
      anna.gateway.uplink.share({ to, quotaBytes, rateBits, alsoTo, fullTunnel, meteredOk }, done);
    });
  const use = (): string =>
    village.outcome((done) => ben.gateway.uplink.use(anna.identity.person.personId, done));
  const enter = (host = HOST): TestNear => {
    const near = ben.net.enter(1080);
    near.say(`CONNECT ${host}:443 HTTP/1.1\r\n\r\n`);
    village.settle();
    if (near.text.startsWith("HTTP/1.1 200")) near.received = new Uint8Array(0);
    return near;
  };
  village.outcome((done) => ben.gateway.doors.openProxy(1080, done));
  return { village, anna, ben, to, share, use, enter };
}

/** The same, shared and used. */
export function sharedUplink(terms: Terms = {}): UplinkPair {
  const setup = uplinkPair(terms);
  expect([setup.share(), setup.use()]).toEqual(["none", "none"]);
  return setup;
}

/** What a peer has counted with another one. */
export function meter(peer: TestPeer, other: TestPeer, role: Account["role"]): Account {
  const account = peer.gateway.uplink.accounts.find(role, other.record.id);
  if (account === undefined) throw new Error("nothing was counted");
  return account;
}

/** What both sides say of each other, after they had time to agree. */
export function meters({ village, anna, ben }: UplinkPair): {
  readonly exit: Account;
  readonly user: Account;
} {
  village.pass(READING_IDLE_MS);
  village.pass(READING_IDLE_MS);
  return { exit: meter(anna, ben, "exit"), user: meter(ben, anna, "user") };
}

/** Both sides have signed the same, and count the same. */
export function expectAgreed(setup: UplinkPair, upBytes: number, downBytes: number): void {
  const { exit, user } = meters(setup);
  expect(exit.last).toMatchObject({ upBytes, downBytes });
  expect(user.last).toEqual(exit.last);
  expect([exit.receivedBytes, exit.sentBytes, exit.dayBytes]).toEqual([
    ...[upBytes, downBytes, upBytes + downBytes],
  ]);
  expect([user.sentBytes, user.receivedBytes]).toEqual([upBytes, downBytes]);
  expect([exit.isDisputed, user.isDisputed]).toEqual([false, false]);
}

/** A page is asked for, comes, and both sides end. */
export function visit(setup: UplinkPair, upBytes: number, downBytes: number): void {
  const near = setup.enter();
  near.say(new Uint8Array(upBytes));
  setup.village.settle();
  const server = setup.anna.net.last;
  server.say(new Uint8Array(downBytes));
  setup.village.settle();
  near.finish();
  server.finish();
  setup.village.settle();
  near.vanish();
  server.vanish();
  setup.village.settle();
}
