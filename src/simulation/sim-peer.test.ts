import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import type { Message } from "../messages/index.ts";
import { lineGraph } from "./graphs.ts";
import { SimPeer, type SimPeerOptions } from "./sim-peer.ts";
import { GOOD_LINK, VirtualNetwork } from "./virtual-network.ts";
import { World } from "./world.ts";

const suite = createNodeSuite();

function lineOf(size: number, more: Partial<SimPeerOptions> = {}) {
  const world = new World(1);
  const network = new VirtualNetwork(world);
  for (const [a, b] of lineGraph(size).links) network.connect(a, b);
  const peers = Array.from(
    { length: size },
    (_, place) => new SimPeer({ world, network, place, suite, ...more }),
  );
  const [first, last] = [peers[0], peers.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a line has two ends");
  return { world, network, peers, first, last };
}

function seen(peer: SimPeer): number {
  return peer.act(({ routing }) => routing.routes().length) ?? -1;
}

/** Lets two peers meet by an invite. */
function introduce(world: World, host: SimPeer, guest: SimPeer): void {
  let link = "";
  host.act((peer) => {
    peer.createInvite([], (_, invite) => {
      link = invite?.link ?? "";
    });
  });
  world.run(100);
  guest.act((peer) => peer.addContact(link, undefined, (error) => expect(error).toBeNull()));
  const met = (peer: SimPeer) =>
    peer.act(({ contacts }) => contacts.all().some(({ state }) => state === "met")) === true;
  expect(world.runUntil(() => met(guest) && met(host), 20_000)).toBeDefined();
}

describe("simulated peers", () => {
  test("see each other along a line", () => {
    const { world, peers } = lineOf(5);
    for (const peer of peers) peer.start();
    expect(peers[0]?.isReady).toBe(false);
    expect(world.runUntil(() => peers.every((peer) => seen(peer) === 4), 10_000)).toBeDefined();
  });

  test("have links that repair what they lose, as nobody says otherwise", () => {
    const { world, network, peers, first, last } = lineOf(2);
    for (const peer of peers) peer.start();
    world.run(5_000);
    introduce(world, first, last);
    network.change(0, 1, { profile: { ...GOOD_LINK, loss: 0.2 } });
    for (let number = 0; number < 50; number++) {
      first.act(({ messages }) =>
        messages.send(last.identity.person.personId, `Number ${number}`, () => {}),
      );
      world.run(100);
    }
    const repeated = peers.map((peer) => peer.act(({ link }) => link.stats().framesRepeated) ?? 0);
    expect(Math.max(...repeated)).toBeGreaterThan(0);
  });

  test("keep what they acknowledged over a crash, and messages arrive once they are back", () => {
    const arrived: Message[] = [];
    const { world, peers, first, last } = lineOf(3, {
      observer: { onMessage: (message) => void arrived.push(message) },
    });
    for (const peer of peers) peer.start();
    world.run(5_000);
    introduce(world, first, last);
    last.crash();
    expect(last.isUp).toBe(false);
    let acknowledged = false;
    first.act(({ messages }) => {
      messages.send(last.identity.person.personId, "Are you there?", (error) => {
        acknowledged = error === null;
      });
    });
    world.run(100);
    expect(acknowledged).toBe(true);
    first.crash();
    world.run(1_000);
    first.start();
    last.start();
    expect(world.runUntil(() => arrived.length > 0, 60_000)).toBeDefined();
    world.run(10_000);
    expect(arrived.map(({ text }) => text)).toEqual(["Are you there?"]);
    expect(last.counts).toMatchObject({ starts: 2, crashes: 1, stops: 0 });
  });

  test("that are stopped say goodbye and are missed at once", () => {
    const { world, peers, first, last } = lineOf(2);
    for (const peer of peers) peer.start();
    world.run(5_000);
    expect(seen(first)).toBe(1);
    last.stop();
    world.run(50);
    expect(seen(first)).toBe(0);
    expect(seen(last)).toBe(-1);
  });

  test("what a peer throws ends the run and names seed, place and time", () => {
    const { world, first } = lineOf(2);
    first.start();
    world.runUntil(() => first.isReady, 1_000);
    const seconds = (world.clock.monotonicMs() / 1_000).toFixed(3);
    const broken = (): void => {
      first.act(() => {
        throw new RangeError("broken");
      });
    };
    expect(broken).toThrow(`Seed 1, place 0 at ${seconds} s: RangeError: broken`);
  });

  test("a disk with the defect 'forgets' loses acknowledged records at a crash", () => {
    for (const defect of [undefined, "forgets"] as const) {
      const { world, first, last, peers } = lineOf(2, defect === undefined ? {} : { defect });
      for (const peer of peers) peer.start();
      world.run(5_000);
      introduce(world, first, last);
      first.crash();
      first.start();
      world.runUntil(() => first.isReady, 1_000);
      expect(first.act(({ contacts }) => contacts.all().length)).toBe(defect ? 0 : 1);
    }
  });
});
