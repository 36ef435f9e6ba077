import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerId,
  peerIdToBytes,
} from "../../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import { chain, edge, joinAll } from "../graphs.fixture.ts";
import { lotteryOf } from "../lottery.ts";
import { Mesh } from "../mesh.fixture.ts";
import type { RoutingStats } from "../stats.ts";
import { newStats } from "../stats.ts";
import { Directory } from "./directory.ts";
import { EXT_RECORD } from "./extension.ts";
import { headerOf } from "./header.fixture.ts";
import { Landmarks } from "./landmarks.ts";
import {
  ECHO_BURST,
  ECHO_PER_SECOND,
  LABELLED_BURST,
  LABELLED_PER_SECOND,
  LOCATORS_MAX,
  LOOKUP_TIMEOUT_MS,
  LOOKUPS_OPEN_MAX,
  PUBLISH_BURST,
} from "./limits.ts";
import { LocatedPeers } from "./located.ts";
import { encodeLocator, type Place } from "./locator.ts";
import { LocatorStore } from "./locator-store.ts";
import { Lookups } from "./lookups.ts";

import {
  COOKIE_BYTES,
  type Deposit,
  decodeLookup,
  encodeAnswer,
  encodePublish,
  SERVICE_ECHO_REQUEST,
} from "./messages.ts";
import type { Vicinity, VicinityPeer } from "./vicinity.ts";

const suite = createNodeSuite();
const identities = Array.from({ length: 12 }, (_, i) => testIdentity(suite, `attack peer ${i}`));
const victim = must(identities[0], "a victim");
const liar = must(identities[1], "a liar");

function newMesh(size: number): Mesh {
  return new Mesh({
    ...{ suite, clock: new ManualClock(1_000), random: testRandom("attack") },
    identities: identities.slice(0, size),
  });
}

function depositOf(
  identity: LocalIdentity,
  number: number,
  by: LocalIdentity = identity,
  epoch = 1,
): Deposit {
  const record = encodePeerRecord(identity, { name: "x", seqno: epoch });
  const places: Place[] = [{ landmark: liar.id, labels: Uint8Array.of(1, 2) }];
  const recordHash = suite.sha256(record);
  const body = { epoch, number, ttlSeconds: 600, recordHash, places };
  const sign = (message: Uint8Array): Uint8Array => by.signKey.sign(message);
  const forger = { ...identity, signKey: { publicKey: identity.signKey.publicKey, sign } };
  return { record, locator: encodeLocator(forger, body) };
}

describe("crafted label stacks", () => {
  test("a circle over three relays ends at the hop limit", () => {
    const mesh = newMesh(5);
    joinAll(mesh, [edge(0, 1), edge(1, 2), edge(2, 3), edge(3, 1), edge(3, 4)]);
    mesh.settle();
    const before = mesh.total(({ forwarded }) => forwarded);
    // Numbers follow the order of links: 1 has 0, 2, 3; 2 has 1, 3; 3 has 2, 1, 4.
    const round = [2, 2, 2];
    const ahead = Uint8Array.from(Array.from({ length: 255 }, (_, i) => round[i % 3] ?? 0));
    const header = headerOf(peerIdToBytes(mesh.id(4)), { flags: EXT_RECORD, ahead });
    mesh.injectPacket(0, 1, header, utf8("round"));
    mesh.settle(2_000);
    const hops = mesh.total(({ forwarded }) => forwarded) - before;
    expect(hops).toBe(249);
    expect(mesh.total(({ dropped }) => dropped["hop-limit"])).toBe(1);
    expect(mesh.arrivals).toEqual([]);
  });

  test("a label back to where the packet came from is refused", () => {
    const mesh = newMesh(3);
    joinAll(mesh, chain(3));
    mesh.settle();
    const ahead = Uint8Array.of(1, 2, 1, 2);
    mesh.injectPacket(0, 1, headerOf(peerIdToBytes(mesh.id(2)), { ahead }), utf8("x"));
    mesh.settle(100);
    expect(mesh.router(1).stats().dropped["label-back"]).toBe(1);
    expect(mesh.arrivals).toEqual([]);
  });

  test("no neighbour has more labelled packets carried than its allowance", () => {
    const mesh = newMesh(3);
    joinAll(mesh, chain(3));
    mesh.settle();
    const ahead = Uint8Array.of(2);
    const header = headerOf(peerIdToBytes(mesh.id(2)), { ahead });
    const flood = (): void => mesh.injectPacket(0, 1, header, utf8("flood"));
    for (let i = 0; i < LABELLED_BURST; i++) flood();
    const { forwarded } = mesh.router(1).stats();
    expect(mesh.router(1).stats().dropped["label-rate"]).toBe(0);
    flood();
    expect(mesh.router(1).stats().dropped["label-rate"]).toBe(1);
    expect(mesh.router(1).stats().forwarded).toBe(forwarded);
    // Others are not affected, and the allowance comes back.
    const back = headerOf(peerIdToBytes(mesh.id(0)), { ahead: Uint8Array.of(1) });
    mesh.injectPacket(2, 1, back, utf8("other"));
    expect(mesh.router(1).stats().forwarded).toBe(forwarded + 1);
    mesh.settle(Math.ceil(1_000 / LABELLED_PER_SECOND));
    flood();
    expect(mesh.router(1).stats().dropped["label-rate"]).toBe(1);
  });
});

describe("echoes", () => {
  test("a flood of requests is answered at the rate of one neighbour's allowance", () => {
    const mesh = newMesh(2);
    joinAll(mesh, [edge(0, 1)]);
    mesh.settle();
    const header = headerOf(peerIdToBytes(mesh.id(1)), { flags: EXT_RECORD });
    const request = concatBytes(Uint8Array.of(SERVICE_ECHO_REQUEST), new Uint8Array(COOKIE_BYTES));
    for (let i = 0; i < 3 * ECHO_BURST; i++) mesh.injectPacket(0, 1, header, request);
    expect(mesh.router(1).stats().services.echoesAnswered).toBe(ECHO_BURST);
    mesh.settle(1_000);
    for (let i = 0; i < 3 * ECHO_BURST; i++) mesh.injectPacket(0, 1, header, request);
    expect(mesh.router(1).stats().services).toMatchObject({
      echoesAnswered: ECHO_BURST + ECHO_PER_SECOND,
      refused: 5 * ECHO_BURST - ECHO_PER_SECOND,
    });
    mesh.settle(100);
    // Answers that nobody asked for change nothing.
    expect(mesh.router(0).stats().services.malformed).toBe(ECHO_BURST + ECHO_PER_SECOND);
  });
});

function directoryOf(stats: RoutingStats, store: LocatorStore): Directory {
  const vicinity: Vicinity = { neighbours: new Map(), get: () => undefined, values: () => [] };
  const self = { id: liar.id, idBytes: peerIdToBytes(liar.id) };
  return new Directory({
    ...{ selfId: liar.id, suite, stats, vicinity, store },
    landmarks: new Landmarks({ suite, self, vicinity, landmarksMax: 8 }),
    ownRecord: () => decodePeerRecord(suite, encodePeerRecord(liar, { name: "", seqno: 1 })),
  });
}

describe("locators at a landmark", () => {
  const cookie = new Uint8Array(COOKIE_BYTES);

  test("forged ones, and a record that does not belong, are not kept", () => {
    const [stats, store] = [newStats(), new LocatorStore()];
    const directory = directoryOf(stats, store);
    const forged = depositOf(victim, 1, liar);
    const swapped = { ...depositOf(victim, 1), record: depositOf(liar, 1).record };
    for (const deposit of [forged, swapped]) {
      expect(directory.publish(encodePublish({ cookie, ...deposit }), "side", 0)).toBe(undefined);
    }
    expect([store.size, stats.services.locatorsRejected]).toEqual([0, 2]);
  });

  test("an old one that is replayed does not replace the newest, which no replay prolongs", () => {
    const [stats, store] = [newStats(), new LocatorStore()];
    const directory = directoryOf(stats, store);
    const publish = (deposit: Deposit, nowMs: number): boolean =>
      directory.publish(encodePublish({ cookie, ...deposit }), "side", nowMs) !== undefined;
    expect(publish(depositOf(victim, 5), 0)).toBe(true);
    expect(publish(depositOf(victim, 4), 1)).toBe(false);
    expect(publish(depositOf(victim, 9, victim, 0), 1)).toBe(false);
    expect(publish(depositOf(victim, 5), 599_000)).toBe(true);
    expect(store.get(victim.id, 599_999)?.locator.number).toBe(5);
    expect(store.get(victim.id, 600_000)).toBe(undefined);
    expect(publish(depositOf(victim, 0, victim, 2), 600_001)).toBe(true);
  });

  test("a cloud of identities behind one link pushes out only what came by that link", () => {
    const store = new LocatorStore(64);
    const locator = (id: PeerId, number = 0) => ({
      ...{ id, epoch: 0, number, ttlSeconds: 600, places: [] },
      ...{ signKey: cookie, recordHash: cookie, bytes: cookie },
    });
    for (let i = 0; i < 16; i++) store.keep(locator(`honest ${i}`), cookie, `side ${i % 4}`, 0);
    for (let i = 0; i < 10_000; i++) store.keep(locator(`sybil ${i}`), cookie, "cloud", 0);
    expect(store.size).toBe(64);
    // Not even by showing others' locators again: they stay where fewer are.
    for (let i = 0; i < 16; i++) store.keep(locator(`honest ${i}`, 1), cookie, "cloud", 0);
    for (let i = 0; i < 10_000; i++) store.keep(locator(`other ${i}`), cookie, "cloud", 0);
    for (let i = 0; i < 16; i++) expect(store.get(`honest ${i}`, 1)).toBeDefined();
  });

  test("there is room for LOCATORS_MAX and no more", () => {
    const store = new LocatorStore();
    const locator = { epoch: 0, number: 0, ttlSeconds: 600, places: [] };
    const bytes = { signKey: cookie, recordHash: cookie, bytes: cookie };
    for (let i = 0; i <= LOCATORS_MAX; i++) {
      expect(store.size).toBe(Math.min(i, LOCATORS_MAX));
      store.keep({ id: `p${i}`, ...locator, ...bytes }, cookie, "side", 0);
    }
    expect(store.size).toBe(LOCATORS_MAX);
    expect(store.get("p0", 1)).toBe(undefined);
  });

  test("no neighbour has more of them verified than its allowance", () => {
    const mesh = newMesh(2);
    joinAll(mesh, [edge(0, 1)]);
    mesh.settle();
    const header = headerOf(peerIdToBytes(mesh.id(1)), { flags: EXT_RECORD });
    const payload = encodePublish({ cookie, ...depositOf(victim, 1, liar) });
    for (let i = 0; i < 2 * PUBLISH_BURST; i++) mesh.injectPacket(0, 1, header, payload);
    const { locatorsRejected, refused } = mesh.router(1).stats().services;
    expect([locatorsRejected, refused]).toEqual([PUBLISH_BURST, PUBLISH_BURST]);
  });
});

describe("ground keys", () => {
  test("2,000 tries win a place among the landmarks, and no more than that one", () => {
    const honest = Array.from({ length: 200 }, (_, i) => testIdentity(suite, `honest ${i}`).id);
    const lottery = (id: PeerId): number => lotteryOf(peerIdToBytes(id));
    let ground = "fd".repeat(16);
    for (let i = 0; i < 2_000; i++) {
      const tried = `fd${i.toString(16).padStart(30, "0")}`;
      if (lottery(tried) < lottery(ground)) ground = tried;
    }
    const peers = new Map<PeerId, VicinityPeer>();
    const record = {} as VicinityPeer["record"];
    const way = { selected: { id: "n", cost: 1, suspect: false }, metric: 9, viewHops: 3 };
    for (const id of [...honest, ground]) {
      peers.set(id, { id, idBytes: peerIdToBytes(id), record, lottery: lottery(id), ...way });
    }
    const vicinity: Vicinity = {
      neighbours: new Map(),
      get: (id) => peers.get(id),
      values: () => peers.values(),
    };
    const self = { id: liar.id, idBytes: peerIdToBytes(liar.id) };
    const landmarks = new Landmarks({ suite, self, vicinity, landmarksMax: 16 });
    expect(landmarks.list(0)[0]?.id).toBe(ground);
    const storing = honest.filter((id) =>
      landmarks.closestTo(peerIdToBytes(id), 4, 0).some((landmark) => landmark.id === ground),
    );
    // Each of 16 landmarks keeps the locators of 4 in 16; and nobody's four are all the liar's.
    expect(storing.length).toBeLessThan(200 * 0.35);
    expect(landmarks.places(0).filter(({ id }) => id === ground)).toHaveLength(1);
    expect(landmarks.places(0)).toHaveLength(5);
  });
});

describe("answers to lookups", () => {
  /** Lookups of somebody who knows four landmarks, none of them the victim. */
  function asking(): {
    lookups: Lookups;
    located: LocatedPeers;
    stats: RoutingStats;
    questions: Uint8Array[];
    found: (string | undefined)[];
    ask: () => void;
  } {
    const record = {} as VicinityPeer["record"];
    const way = { selected: { id: "n", cost: 1, suspect: false }, metric: 9, viewHops: 3 };
    const peers = identities.slice(2, 6).map(({ id }) => {
      const idBytes = peerIdToBytes(id);
      return { id, idBytes, record, lottery: lotteryOf(idBytes), ...way };
    });
    const vicinity: Vicinity = {
      neighbours: new Map(),
      get: (id) => peers.find((peer) => peer.id === id),
      values: () => peers,
    };
    const self = { id: liar.id, idBytes: peerIdToBytes(liar.id) };
    const [stats, located] = [newStats(), new LocatedPeers()];
    const questions: Uint8Array[] = [];
    const found: (string | undefined)[] = [];
    const lookups = new Lookups({
      ...{ selfId: self.id, suite, stats, located, store: new LocatorStore() },
      random: testRandom("lookups"),
      landmarks: new Landmarks({ suite, self, vicinity, landmarksMax: 8 }),
      send: (_, payload) => questions.push(payload) > 0,
      onLocated: () => {},
    });
    const ask = (): void => lookups.start(victim.id, (answer) => found.push(answer?.id), 0);
    return { lookups, located, stats, questions, found, ask };
  }

  const back = { firstHop: "n", labels: Uint8Array.of(1) };
  const cookieOf = (question: Uint8Array | undefined): Uint8Array =>
    decodeLookup(must(question, "a question")).cookie;

  test("three liars in front of one honest landmark delay a lookup, and do not prevent it", () => {
    const { lookups, stats, questions, found, ask } = asking();
    ask();
    const lies: Deposit[] = [depositOf(victim, 99, liar), depositOf(liar, 1), depositOf(victim, 1)];
    for (const lie of lies.slice(0, 2)) {
      const cookie = cookieOf(questions.at(-1));
      lookups.receive(encodeAnswer({ cookie, kind: "locator", ...lie }), back, 1);
    }
    const record = depositOf(liar, 1).record;
    lookups.receive(
      encodeAnswer({ cookie: cookieOf(questions.at(-1)), kind: "waypoint", record }),
      back,
      1,
    );
    const last = questions.length;
    expect([last <= 4, found, stats.services.answersRejected]).toEqual([true, [], 3]);
    const honest = must(lies[2], "the honest one");
    const cookie = cookieOf(questions.at(-1));
    const answer = encodeAnswer({ cookie, kind: "locator", ...honest });
    expect(lookups.receive(answer, back, 2)).toBe(true);
    expect(found).toEqual([victim.id]);
    expect(lookups.receive(answer, back, 2)).toBe(false);
  });

  test("silence costs one timeout for each landmark, then the lookup ends, once", () => {
    const { lookups, questions, found, ask } = asking();
    ask();
    for (let nowMs = 0; nowMs <= 10 * LOOKUP_TIMEOUT_MS; nowMs += 100) lookups.tick(nowMs);
    expect([questions.length, found]).toEqual([4, [undefined]]);
    expect([lookups.size, lookups.nextDeadlineMs()]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  test("an older locator than the one known is not believed", () => {
    const { lookups, located, questions, found, ask } = asking();
    const show = (number: number): void => {
      ask();
      const deposit = depositOf(victim, number);
      const cookie = cookieOf(questions.at(-1));
      lookups.receive(encodeAnswer({ cookie, kind: "locator", ...deposit }), back, 1);
    };
    show(7);
    show(6);
    expect(found).toEqual([victim.id]);
    expect(located.get(victim.id, 1)?.locator?.number).toBe(7);
    while (questions.length < 99 && lookups.size > 0) lookups.tick(lookups.nextDeadlineMs());
    expect(found).toEqual([victim.id, undefined]);
    show(8);
    expect(located.get(victim.id, 1)?.locator?.number).toBe(8);
  });

  test("answers that nobody asked for are not looked at, whatever they hold", () => {
    const { lookups, stats, ask } = asking();
    ask();
    const cookie = new Uint8Array(COOKIE_BYTES);
    const answer = encodeAnswer({ cookie, kind: "locator", ...depositOf(victim, 1) });
    for (let i = 0; i < 1_000; i++) expect(lookups.receive(answer, back, 1)).toBe(false);
    expect([lookups.size, stats.services.answersRejected]).toEqual([1, 0]);
  });

  test("only so many lookups are open, and one more ends at once", () => {
    const { lookups, found } = asking();
    const start = (i: number): void => {
      const id = `fd${i.toString(16).padStart(30, "0")}`;
      lookups.start(id, (record) => found.push(record?.id), 0);
    };
    for (let i = 0; i < LOOKUPS_OPEN_MAX; i++) start(i);
    expect([lookups.size, found]).toEqual([LOOKUPS_OPEN_MAX, []]);
    start(LOOKUPS_OPEN_MAX);
    expect([lookups.size, found]).toEqual([LOOKUPS_OPEN_MAX, [undefined]]);
  });
});
