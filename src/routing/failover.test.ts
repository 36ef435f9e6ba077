import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord } from "../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { limits } from "../wire/index.ts";
import { Forger } from "./forger.fixture.ts";
import {
  chain,
  type Edge,
  edge,
  joinAll,
  randomGraph,
  remembering,
  ring,
  wrongRoutes,
} from "./graphs.fixture.ts";
import { Mesh } from "./mesh.fixture.ts";

const suite = remembering(createNodeSuite());
const identities = Array.from({ length: 24 }, (_, i) => testIdentity(suite, `place ${i}`));

function settled(places: number, edges: readonly Edge[], delayMs = 1): Mesh {
  const mesh = new Mesh({
    suite,
    clock: new ManualClock(),
    random: testRandom(3),
    identities: identities.slice(0, places),
  });
  joinAll(mesh, edges, delayMs);
  mesh.settle();
  return mesh;
}

function send(mesh: Mesh, from: number, to: number, text = "hello"): boolean {
  return mesh.router(from).send(mesh.id(to), new TextEncoder().encode(text));
}

function arrivedAt(mesh: Mesh): number[] {
  return mesh.arrivals.splice(0).map(({ place }) => place);
}

function suspectAll(
  mesh: Mesh,
  links: readonly Edge[],
  which: readonly number[],
  suspect: boolean,
): void {
  for (const index of which) {
    const { a, b } = links[index] ?? edge(0, 1);
    mesh.change(a, b, { suspect });
    mesh.change(b, a, { suspect });
  }
}

const DIAMOND = [edge(0, 1, 10), edge(1, 3, 10), edge(0, 2, 30), edge(2, 3, 30)];

describe("packets", () => {
  test("travel along the chain to its end, and nobody else opens them", () => {
    const mesh = settled(6, chain(6));
    expect(send(mesh, 0, 5)).toBe(true);
    mesh.settle();
    expect(arrivedAt(mesh)).toEqual([5]);
    expect(mesh.total(({ forwarded }) => forwarded)).toBe(4);
  });

  test("to peers that nobody announced are refused", () => {
    const mesh = settled(3, [edge(0, 1)]);
    expect(send(mesh, 0, 2)).toBe(false);
    expect(mesh.router(0).stats().dropped["no-route"]).toBe(1);
  });

  test("reach over many hops", () => {
    const many = Array.from({ length: 72 }, (_, i) => testIdentity(suite, `hop ${i}`));
    const mesh = new Mesh({
      ...{ suite, clock: new ManualClock(), random: testRandom(1) },
      identities: many,
    });
    joinAll(mesh, chain(72, 1));
    mesh.settle();
    expect(mesh.router(0).route(mesh.id(71))?.hops).toBe(71);
    expect(send(mesh, 0, 71)).toBe(true);
    mesh.settle();
    expect(arrivedAt(mesh)).toEqual([71]);
  });

  test.each([
    [limits.HOP_LIMIT, true],
    [limits.HOP_LIMIT + 1, false],
  ])("a way of %d hops is used: %s", (hops, isUsed) => {
    const mesh = settled(2, [edge(0, 1)]);
    const far = testIdentity(suite, "far");
    const forger = new Forger(mesh, 1, 0);
    forger.say(forger.introduction(far.id, { metric: 9, hops: hops - 1 }));
    const chain = new Uint8Array(12);
    forger.say(forger.answer(far.id, encodePeerRecord(far, { name: "far", seqno: 1, chain })));
    expect(mesh.router(0).route(far.id)?.hops).toBe(isUsed ? hops : undefined);
  });
});

describe("a detour of many steps", () => {
  // 0 reaches 9 over 1. All others hang on 0, and only 7 knows somebody whose way avoids it: 8.
  // 5 sees a way around its own next hop, 4, but it leads back over 3, 2 and 0.
  const BRANCHES = [
    edge(0, 1, 10),
    edge(1, 9, 10),
    edge(0, 2, 10),
    edge(2, 3, 10),
    edge(3, 4, 10),
    edge(3, 5, 30),
    edge(4, 5, 10),
    edge(2, 6, 40),
    edge(6, 7, 10),
    edge(7, 8, 500),
    edge(8, 9, 10),
  ];

  test("finds the one way around the failure, after others that are none", () => {
    const mesh = settled(10, BRANCHES);
    expect(mesh.router(7).nextHop(mesh.id(9))).toBe(mesh.id(6));
    mesh.change(0, 1, { suspect: true });
    expect(send(mesh, 0, 9)).toBe(true);
    mesh.settle(40);
    expect(arrivedAt(mesh)).toEqual([9]);
    expect(mesh.router(8).stats().forwarded).toBe(1);
    expect(mesh.router(3).stats().forwarded).toBeGreaterThan(0);
    expect(mesh.router(1).stats().forwarded).toBe(0);
  });

  test("ends soon, whatever links fail at the same time", () => {
    const size = 16;
    const pairs = Array.from({ length: size * size }, (_, i) => [i % size, Math.floor(i / size)]);
    let worst = 0;
    let sent = 0;
    for (const seed of [100, 103, 107]) {
      const random = testRandom(seed);
      const links = randomGraph(size, size, random);
      const mesh = settled(size, links);
      for (let round = 0; round < 25; round++) {
        const failing = Array.from({ length: 2 + (round % 4) }, () => random.u32() % links.length);
        suspectAll(mesh, links, failing, true);
        for (const [from = 0, to = 0] of pairs) {
          if (from !== to) send(mesh, from, to, `packet ${sent++}`);
        }
        mesh.settle(400);
        suspectAll(mesh, links, failing, false);
        mesh.settle();
      }
      for (const hops of mesh.packetHops.values()) worst = Math.max(worst, hops);
    }
    expect(sent).toBe(3 * 25 * size * (size - 1));
    expect(worst).toBeLessThanOrEqual(3 * size);
  }, 60_000);

  test("ends at the suspected next hop where there is no way around", () => {
    const mesh = settled(
      10,
      BRANCHES.filter(({ a, b }) => a !== 7 && b !== 8),
    );
    mesh.change(0, 1, { suspect: true });
    expect(send(mesh, 0, 9)).toBe(true);
    mesh.settle(40);
    expect(arrivedAt(mesh)).toEqual([9]);
    expect(mesh.total(({ forwarded }) => forwarded)).toBeLessThan(20);
  });
});

describe("a diamond", () => {
  test("a packet sent right after suspicion goes the other way", () => {
    const mesh = settled(4, DIAMOND);
    expect(mesh.router(0).route(mesh.id(3))).toMatchObject({
      nextHop: mesh.id(1),
      alternate: mesh.id(2),
    });
    mesh.change(0, 1, { suspect: true });
    expect(send(mesh, 0, 3)).toBe(true);
    mesh.settle(5);
    expect(arrivedAt(mesh)).toEqual([3]);
    expect(mesh.router(2).stats().forwarded).toBe(1);
    expect(mesh.router(1).stats().forwarded).toBe(0);
  });

  test("a packet sent right after the loss goes the other way, before anybody was asked", () => {
    const mesh = settled(4, DIAMOND);
    mesh.cut(0, 1);
    mesh.settle(0);
    expect(send(mesh, 0, 3)).toBe(true);
    mesh.settle(2);
    expect(arrivedAt(mesh)).toEqual([3]);
    mesh.settle();
    expect(wrongRoutes(mesh, DIAMOND.slice(1))).toEqual([]);
  });

  test("the rooms above hear at once that packets leave another way, and only then", () => {
    const mesh = settled(4, DIAMOND);
    const told = (): unknown[] => mesh.wayChanges.splice(0).filter(({ place }) => place === 0);
    const three = { place: 0, id: mesh.id(3) };
    told();
    mesh.change(0, 2, { suspect: true });
    mesh.change(0, 2, { suspect: false });
    expect(told()).not.toContainEqual(three);
    mesh.change(0, 1, { suspect: true });
    expect(told()).toContainEqual(three);
    mesh.settle(100);
    mesh.change(0, 1, { suspect: false });
    mesh.settle();
    expect(told()).toContainEqual(three);
    mesh.cut(0, 1);
    mesh.settle();
    expect(told()).toContainEqual(three);
    mesh.cut(0, 2);
    mesh.settle();
    expect(told()).not.toContainEqual(three);
  });

  test("when suspicion ends, the better way is taken again", () => {
    const mesh = settled(4, DIAMOND);
    mesh.change(0, 1, { suspect: true });
    mesh.settle(100);
    mesh.change(0, 1, { suspect: false });
    mesh.settle();
    expect(mesh.router(0).nextHop(mesh.id(3))).toBe(mesh.id(1));
  });

  test("under suspicion and with no other way, the suspect is still tried", () => {
    const mesh = settled(3, chain(3));
    mesh.change(0, 1, { suspect: true });
    expect(send(mesh, 0, 2)).toBe(true);
    mesh.settle(5);
    expect(arrivedAt(mesh)).toEqual([2]);
  });

  test("a detour that meets a second failure ends there instead of wandering", () => {
    const mesh = settled(4, DIAMOND);
    mesh.change(0, 1, { suspect: true });
    mesh.cut(2, 3);
    mesh.settle(0);
    mesh.change(0, 1, { suspect: true });
    send(mesh, 0, 3);
    mesh.settle();
    expect(mesh.total(({ forwarded }) => forwarded)).toBeLessThanOrEqual(3);
  });
});

test("a detour takes a second step where the first neighbour only knows the way back", () => {
  // A ring: 1 goes back over 0 to reach 4, but 2 goes on over 3.
  const edges = [edge(0, 4, 10), edge(0, 1, 10), edge(1, 2, 10), edge(2, 3, 10), edge(3, 4, 10)];
  const mesh = settled(5, edges);
  expect(mesh.router(1).nextHop(mesh.id(4))).toBe(mesh.id(0));
  expect(mesh.router(0).route(mesh.id(4))?.alternate).toBe(mesh.id(1));
  mesh.cut(0, 4);
  mesh.settle(0);
  expect(send(mesh, 0, 4)).toBe(true);
  mesh.settle(4);
  expect(arrivedAt(mesh)).toEqual([4]);
  mesh.settle();
  expect(wrongRoutes(mesh, edges.slice(1))).toEqual([]);
});

describe("partition and merge", () => {
  test("both halves forget each other without counting to infinity, then find back", () => {
    const edges = [...ring(8), edge(8, 9), edge(9, 10), edge(10, 8), edge(0, 8, 5)];
    const mesh = settled(11, edges);
    const before = mesh.controlMessages;
    mesh.cut(0, 8);
    mesh.settle();
    expect(wrongRoutes(mesh, edges.slice(0, -1))).toEqual([]);
    expect(mesh.reachable[0]?.size).toBe(7);
    expect(mesh.reachable[9]?.size).toBe(2);
    // Each router tells each neighbour a few times at most; counting would take hundreds.
    expect(mesh.controlMessages - before).toBeLessThan(11 * 2 * 8);
    mesh.join(0, 8, 5);
    mesh.settle();
    expect(wrongRoutes(mesh, edges)).toEqual([]);
    expect(mesh.reachable[9]?.size).toBe(10);
  });

  test("the loss of a peer is known everywhere within a round trip or so", () => {
    const edges = [...ring(8), edge(8, 0, 5)];
    const mesh = settled(9, edges, 2);
    mesh.cut(0, 8);
    mesh.settle(100);
    for (let place = 0; place < 8; place++) {
      expect(mesh.router(place).route(mesh.id(8))).toBe(undefined);
    }
  });
});

describe("restart", () => {
  const edges = [...chain(4), edge(1, 3, 50)];

  test.each([
    ["with a higher number", 500],
    ["with the same number", 1],
    ["with a lower number, its state restored from long ago", 0],
  ])("%s, it is reachable again and others know its new name", (_, seqno) => {
    const mesh = settled(4, edges);
    mesh.router(3).rename("before");
    mesh.settle();
    mesh.restart(3, seqno, "after");
    mesh.settle();
    expect(wrongRoutes(mesh, edges)).toEqual([]);
    expect(mesh.router(0).record(mesh.id(3))?.name).toBe("after");
    expect(mesh.router(3).ownRecord.seqno).toBeGreaterThan(Math.max(1, seqno - 1));
  });

  test("a number far below the old one is left behind in one step", () => {
    const mesh = settled(4, edges);
    mesh.restart(3, 1_000_000);
    mesh.settle();
    mesh.restart(3, 7, "restored");
    mesh.settle();
    expect(mesh.router(3).ownRecord.seqno).toBeGreaterThan(1_000_000);
    expect(mesh.router(0).record(mesh.id(3))?.name).toBe("restored");
    expect(mesh.router(3).stats().seqnoBumps).toBeLessThan(4);
  });

  test("numbers are reserved before they are used", () => {
    const mesh = settled(4, edges);
    for (let i = 0; i < 200; i++) {
      mesh.router(3).rename(`name ${i}`);
      expect(mesh.reserved[3]).toBeGreaterThan(mesh.router(3).ownRecord.seqno);
    }
  });
});

describe("noise", () => {
  test("small changes of a link's cost do not travel", () => {
    const edges = chain(5, 100);
    const mesh = settled(5, edges);
    const before = mesh.total(({ messagesSent }) => messagesSent);
    for (let i = 0; i < 100; i++) {
      mesh.change(3, 4, { cost: 103 + (i % 2 === 0 ? 4 : 0) });
      mesh.settle(1_000);
    }
    expect(mesh.total(({ messagesSent }) => messagesSent)).toBe(before);
  });

  test("a way that is a little shorter is taken only once it stays so", () => {
    const mesh = settled(4, [edge(0, 1, 50), edge(1, 3, 50), edge(0, 2, 52), edge(2, 3, 50)]);
    const target = mesh.id(3);
    expect(mesh.router(0).nextHop(target)).toBe(mesh.id(1));
    mesh.change(0, 2, { cost: 46 });
    mesh.settle(4_000);
    expect(mesh.router(0).nextHop(target)).toBe(mesh.id(1));
    mesh.settle(2_000);
    expect(mesh.router(0).nextHop(target)).toBe(mesh.id(2));
  });

  test("a way that is much shorter is taken at once", () => {
    const mesh = settled(4, [edge(0, 1, 50), edge(1, 3, 50), edge(0, 2, 52), edge(2, 3, 50)]);
    mesh.change(0, 2, { cost: 20 });
    expect(mesh.router(0).nextHop(mesh.id(3))).toBe(mesh.id(2));
  });
});

test("a new name reaches everybody", () => {
  const mesh = settled(5, chain(5));
  mesh.router(4).rename("Zoë");
  mesh.settle();
  expect(mesh.router(0).record(mesh.id(4))?.name).toBe("Zoë");
  expect(mesh.router(0).payloadBytesMax()).toBe(1_152);
});
