import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { groupMessageBody } from "../api/chat-views.ts";
import type { GroupBody } from "../api/contract-groups.ts";
import { groupBody } from "../api/group-views.ts";
import { meantByWords, parseWho } from "../gateway/index.ts";
import type { GroupMessage } from "../messages/index.ts";
import { SimPeer } from "../simulation/sim-peer.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { VirtualNetwork } from "../simulation/virtual-network.ts";
import { World } from "../simulation/world.ts";
import type { Peer } from "./peer.ts";

const suite = createToySuite(createNodeSuite());
const NAMES = ["Anna", "Ben", "Cleo", "Dora"];

/** Four peers in a row, Anna - Ben - Cleo - Dora; the link in the middle can be cut. */
class Row {
  readonly world: World = new World(7);
  readonly network: VirtualNetwork = new VirtualNetwork(this.world);
  readonly peers: readonly SimPeer[];

  constructor() {
    for (let place = 0; place < 3; place++) this.network.connect(place, place + 1);
    const { world, network } = this;
    this.peers = NAMES.map(
      (name, place) => new SimPeer({ world, network, place, suite, config: { name } }),
    );
    for (const peer of this.peers) peer.start();
    world.runUntil(() => this.peers.every(({ isReady }) => isReady), 5_000);
    world.runUntil(
      () => this.peers.every((peer) => this.at(peer).routing.routes().length === 3),
      20_000,
    );
  }

  at(peer: SimPeer): Peer {
    let found: Peer | undefined;
    peer.act((live) => {
      found = live;
    });
    if (found === undefined) throw new RangeError("It does not run.");
    return found;
  }

  /** What a call answers. */
  ask<T>(
    peer: SimPeer,
    make: (live: Peer, done: (error: unknown, value: T | undefined) => void) => void,
  ): T {
    let answer: { readonly error: unknown; readonly value: T | undefined } | undefined;
    peer.act((live) =>
      make(live, (error, value) => {
        answer = { error, value };
      }),
    );
    this.world.runUntil(() => answer !== undefined, 5_000);
    if (answer?.error !== null || answer.value === undefined) throw answer?.error;
    return answer.value;
  }

  body(peer: SimPeer, id: string): GroupBody {
    return groupBody(this.at(peer), this.at(peer).groups.info(id));
  }

  members(peer: SimPeer, id: string): readonly string[] {
    return this.body(peer, id)
      .members.map(({ label }) => label)
      .sort();
  }
}

/** Anna founds, Ben is an admin, Cleo and Dora are members; nobody is anybody's contact. */
function village(): { row: Row; id: string; peers: readonly [SimPeer, SimPeer, SimPeer, SimPeer] } {
  const row = new Row();
  const peers = row.peers as readonly [SimPeer, SimPeer, SimPeer, SimPeer];
  const [anna, ben, cleo, dora] = peers;
  const { id } = row.ask<{ id: string }>(anna, (live, done) => live.groups.create("Coop", done));
  for (const [guest, role] of [
    [ben, "admin"],
    [cleo, "member"],
    [dora, "member"],
  ] as const) {
    const terms = { uses: 1, role, endpoints: [] };
    const { link } = row.ask<{ link: string }>(anna, (live, done) =>
      live.groupActs.invite(id, terms, done),
    );
    row.ask(guest, (live, done) => live.groups.join(link, done));
    row.world.runUntil(() => row.body(guest, id).state === "in", 20_000);
  }
  row.world.run(5_000);
  return { row, id, peers };
}

describe("groups of whole peers over several hops", () => {
  test("two islands go on by themselves, and say the same after they have merged", () => {
    const { row, id, peers } = village();
    const [anna, ben, cleo, dora] = peers;
    row.network.partition((place) => place < 2);
    row.world.run(60_000);
    row.ask(anna, (live, done) =>
      live.groupActs.name(id, "printer", { t: "device", id: anna.id }, done),
    );
    row.ask(ben, (live, done) => live.groupActs.remove(id, [dora.identity.person.personId], done));
    row.ask(dora, (live, done) => live.groupActs.leave(id, done));
    row.world.run(30_000);
    expect([anna, ben].map((peer) => row.members(peer, id))).toEqual([
      ["Anna", "Ben", "Cleo"],
      ["Anna", "Ben", "Cleo"],
    ]);
    expect(row.members(cleo, id)).toEqual(["Anna", "Ben", "Cleo"]);
    row.network.heal();
    const digests = (): readonly string[] =>
      [anna, ben, cleo].map((peer) => row.at(peer).groups.find(id).log.digest());
    expect(row.world.runUntil(() => new Set(digests()).size === 1, 120_000, 500)).toBeDefined();
    expect(row.body(cleo, id).names).toMatchObject([{ name: "printer" }]);
  });

  test("what members write on two islands is read by all once they have merged, and not by the removed", () => {
    const { row, id, peers } = village();
    const [anna, ben, cleo, dora] = peers;
    const say = (peer: SimPeer, text: string): GroupMessage =>
      row.ask<GroupMessage>(peer, (live, done) => live.messages.chats.send(id, { text }, done));
    const read = (peer: SimPeer): readonly GroupMessage[] =>
      row.ask<readonly GroupMessage[]>(peer, (live, done) =>
        live.messages.chats.list(id, {}, done),
      );
    const texts = (peer: SimPeer): readonly string[] =>
      read(peer)
        .map(({ text }) => text)
        .sort();
    const areAll = (readers: readonly SimPeer[], wanted: readonly string[]): boolean =>
      readers.every((peer) => texts(peer).join() === wanted.join());
    row.network.partition((place) => place < 2);
    row.world.run(60_000);
    say(anna, "a1");
    say(dora, "d1");
    row.world.run(10_000);
    expect([texts(ben), texts(cleo)]).toEqual([["a1"], ["d1"]]);
    row.network.heal();
    const isMerged = (): boolean => areAll(peers, ["a1", "d1"]);
    expect(row.world.runUntil(isMerged, 120_000, 1_000)).toBeDefined();
    const isKnown = (): boolean => read(anna)[0]?.state === "everybody";
    expect(row.world.runUntil(isKnown, 900_000, 1_000)).toBeDefined();
    const body = read(cleo).map((message) =>
      groupMessageBody(row.at(cleo), row.at(cleo).groups.info(id), message),
    );
    expect(body.map(({ author, text }) => `${author} ${text}`).sort()).toEqual([
      "Anna a1",
      "Dora d1",
    ]);
    expect(row.at(cleo).messages.chats.unreadCount()).toBe(2);

    row.ask(anna, (live, done) => live.groupActs.remove(id, [dora.identity.person.personId], done));
    say(anna, "secret");
    const isThere = (): boolean => areAll([anna, ben, cleo], ["a1", "d1", "secret"]);
    expect(row.world.runUntil(isThere, 60_000, 1_000)).toBeDefined();
    row.world.run(60_000);
    expect(texts(dora)).toEqual(["a1", "d1"]);
  });

  test("only members reach what is open to the group, under its names, and removal ends that", () => {
    const { row, id, peers } = village();
    const [anna, ben, cleo] = peers;
    const { gateway } = row.at(anna);
    const mayReach = (peer: SimPeer): boolean => gateway.access.mayReach(peer.id, "tcp", 22);
    expect(peers.slice(1).map(mayReach)).toEqual([false, false, false]);
    const who = parseWho("coop", gateway.people, gateway.groups);
    const reach = { t: "port", port: 22 } as const;
    const rule = { verdict: "allow", who, protocol: "any", reach } as const;
    row.ask(anna, (live, done) => live.gateway.access.add(rule, (error) => done(error, 1)));
    expect(peers.slice(1).map(mayReach)).toEqual([true, true, true]);
    expect(gateway.access.mayReach(cleo.id, "tcp", 23)).toBe(false);
    const found = (name: string): readonly string[] | undefined =>
      meantByWords(row.at(ben).gateway.people, name)?.devices;
    expect(found("cleo.coop.peer.alt")).toEqual([cleo.id]);
    expect(found("cleo.nowhere")).toBeUndefined();
    const targets = [
      ["nas", { t: "person", id: cleo.identity.person.personId }],
      ["disk", { t: "device", id: cleo.id }],
      ["printer", { t: "device", id: ben.id }],
    ] as const;
    for (const [name, target] of targets) {
      row.ask(anna, (live, done) => live.groupActs.name(id, name, target, done));
    }
    row.world.run(5_000);
    expect([found("nas.coop"), found("disk.coop")]).toEqual([[cleo.id], [cleo.id]]);

    row.ask(anna, (live, done) => live.groupActs.remove(id, [cleo.identity.person.personId], done));
    expect(peers.slice(1).map(mayReach)).toEqual([true, false, true]);
    row.world.run(5_000);
    expect(["cleo", "nas", "disk"].map((name) => found(`${name}.coop`))).toEqual([
      ...[undefined, undefined, undefined],
    ]);
    expect(found("printer.coop")).toEqual([ben.id]);
    // A later group of the same name gets nothing that was opened to the first one.
    row.ask(anna, (live, done) => live.groupActs.leave(id, done));
    row.ask(anna, (live, done) => live.groups.forget(id, (error) => done(error, 1)));
    expect(peers.slice(1).map(mayReach)).toEqual([false, false, false]);
    const again = row.ask<{ label: string }>(anna, (live, done) =>
      live.groups.create("Coop", done),
    );
    expect(again.label).toBe("coop-2");
  });

  test("members get the shared folder; who was removed does not get the next one", () => {
    const { row, id, peers } = village();
    const [anna, ben, , dora] = peers;
    const first = row.ask<{ id: string }>(ben, (live, done) => live.groupFolders.share(id, done));
    const has = (peer: SimPeer, folder: string): boolean =>
      row
        .at(peer)
        .folders.list()
        .some((each) => each.id === folder && each.mayWrite);
    row.world.run(10_000);
    expect(peers.map((peer) => has(peer, first.id))).toEqual([true, true, true, true]);
    row.ask(anna, (live, done) => live.groupActs.remove(id, [dora.identity.person.personId], done));
    const next = row.ask<{ id: string }>(anna, (live, done) => live.groupFolders.share(id, done));
    row.world.run(20_000);
    expect(peers.map((peer) => has(peer, next.id))).toEqual([true, true, true, false]);
  });
});
