import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { parseWho } from "../gateway/index.ts";
import { SimPeer } from "../simulation/sim-peer.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { VirtualNetwork } from "../simulation/virtual-network.ts";
import { World } from "../simulation/world.ts";
import type { Peer } from "./peer.ts";

const suite = createToySuite(createNodeSuite());
const PORT = 22;

/** Two peers side by side that have met. */
function neighbours(): { world: World; anna: SimPeer; ben: SimPeer } {
  const world = new World(5);
  const network = new VirtualNetwork(world);
  network.connect(0, 1);
  const [anna, ben] = [0, 1].map((place) => new SimPeer({ world, network, place, suite }));
  if (anna === undefined || ben === undefined) throw new RangeError("two peers");
  for (const peer of [anna, ben]) peer.start();
  world.run(3_000);
  let link = "";
  anna.act(({ contacts }) => {
    contacts.createInvite([], (_, invite) => {
      link = invite?.link ?? "";
    });
  });
  world.run(100);
  ben.act((peer) => peer.addContact(link, undefined, (error) => expect(error).toBeNull()));
  const met = (peer: SimPeer): boolean =>
    peer.act(({ contacts }) => contacts.all().some(({ state }) => state === "met")) === true;
  expect(world.runUntil(() => met(anna) && met(ben), 20_000)).toBeDefined();
  return { world, anna, ben };
}

test("who is blocked or deleted reaches no port, whatever a rule says, and keeps no connection", () => {
  const { world, anna, ben } = neighbours();
  const person = ben.identity.person.personId;
  const done = (error: unknown): void => expect(error).toBeNull();
  const on = (act: (live: Peer) => void): void => {
    anna.act(act);
    world.run(200);
  };
  const mayReach = (): boolean | undefined =>
    anna.act(({ gateway }) => gateway.access.mayReach(ben.id, "tcp", PORT));
  on(({ gateway }) => {
    const who = parseWho(person, gateway.people, gateway.groups);
    const reach = { t: "port", port: PORT } as const;
    gateway.access.add({ verdict: "allow", who, protocol: "any", reach }, done);
  });
  expect(mayReach()).toBe(true);
  let judgedAnew = 0;
  on(({ gateway }) => {
    gateway.onRulesChanged = () => judgedAnew++;
  });
  on(({ care }) => care.setBlocked(person, true, done));
  expect(mayReach()).toBe(false);
  expect(judgedAnew).toBeGreaterThan(0);
  on(({ care }) => care.setBlocked(person, false, done));
  expect(mayReach()).toBe(true);
  judgedAnew = 0;
  on((live) => live.removeContact(person, done));
  expect(mayReach()).toBe(false);
  expect(judgedAnew).toBeGreaterThan(0);
});
