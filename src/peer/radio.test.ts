import { expect, test, vi } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { isLetterPacket } from "../messages/index.ts";
import { Router } from "../routing/index.ts";
import { SimPeer } from "../simulation/sim-peer.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { VirtualNetwork } from "../simulation/virtual-network.ts";
import { World } from "../simulation/world.ts";

test("peers of the radio profile write to each other over a relay in packets of a few bytes", () => {
  const suite = createToySuite(createNodeSuite());
  const world = new World(11);
  const network = new VirtualNetwork(world);
  for (let place = 0; place < 2; place++) network.connect(place, place + 1);
  const config = { profile: "radio" } as const;
  const peers = ["Anna", "Relay", "Ben"].map(
    (name, place) => new SimPeer({ world, network, place, suite, config: { ...config, name } }),
  );
  for (const peer of peers) peer.start();
  world.run(10_000);
  const [anna, , ben] = peers as [SimPeer, SimPeer, SimPeer];
  let link = "";
  anna.act(({ contacts }) => {
    contacts.createInvite([], (_, invite) => {
      link = invite?.link ?? "";
    });
  });
  world.run(100);
  ben.act((live) => live.addContact(link, undefined, (error) => expect(error).toBeNull()));
  const isMet = (peer: SimPeer): boolean =>
    peer.act(({ contacts }) => contacts.all().some(({ state }) => state === "met")) === true;
  expect(world.runUntil(() => isMet(anna) && isMet(ben), 60_000)).toBeDefined();
  const send = vi.spyOn(Router.prototype, "send");
  const say = (from: SimPeer, to: SimPeer, text: string): void => {
    from.act(({ messages }) =>
      messages.send(to.identity.person.personId, text, (error) => expect(error).toBeNull()),
    );
    world.run(100);
  };
  const isDelivered = (peer: SimPeer): boolean =>
    peer.act(({ messages }) => messages.waitingCount() === 0) === true;
  const bothDelivered = (): boolean => isDelivered(anna) && isDelivered(ben);
  say(anna, ben, "first");
  expect(world.runUntil(bothDelivered, 120_000)).toBeDefined();
  world.run(120_000);
  send.mockClear();
  say(ben, anna, "second");
  world.run(10_000);
  say(anna, ben, "third");
  expect(world.runUntil(bothDelivered, 120_000)).toBeDefined();
  const letters = send.mock.calls.filter(([, payload]) => isLetterPacket(payload));
  expect(letters.length).toBeGreaterThanOrEqual(2);
  expect(Math.max(...letters.map(([, payload]) => payload.length))).toBeLessThan(130);
  send.mockRestore();
});
