import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import type { Random } from "../ports/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { type Edge, findLoop, joinAll, randomGraph, wrongRoutes } from "./graphs.fixture.ts";
import { Mesh } from "./mesh.fixture.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 9 }, (_, i) => testIdentity(suite, `place ${i}`));

interface Change {
  readonly kind: "cut" | "cost" | "costBack" | "suspect" | "restart";
  readonly which: number;
  readonly value: number;
  readonly pauseMs: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("cut", "cut", "cost", "costBack", "suspect", "restart"),
  which: fc.nat(1_000),
  value: fc.integer({ min: 1, max: 400 }),
  pauseMs: fc.constantFrom(0, 0, 1, 3, 15, 400, 6_000),
});

/** A mesh whose links change, and the graph it then should be. */
class Story {
  readonly mesh: Mesh;
  readonly #random: Random;
  readonly edges: (Edge & { up: boolean; delayMs: number })[];

  constructor(seed: number, places: number, extra: number) {
    const random = testRandom(seed);
    this.#random = random.fork("packets");
    this.mesh = new Mesh({
      suite,
      clock: new ManualClock(),
      random,
      identities: identities.slice(0, places),
    });
    this.edges = randomGraph(places, extra, random.fork("graph")).map((edge) => ({
      ...edge,
      up: true,
      delayMs: 1 + (random.u32() % 40),
    }));
    this.mesh.afterStep = () => {
      const loop = findLoop(this.mesh);
      if (loop !== undefined)
        throw new Error(`A forwarding loop at ${this.mesh.nowMs} ms: ${loop}`);
    };
    for (const { a, b, cost, costBack, delayMs } of this.edges) {
      this.mesh.join(a, b, cost, delayMs, costBack);
    }
  }

  apply({ kind, which, value, pauseMs }: Change): void {
    const { mesh } = this;
    const at = which % this.edges.length;
    const edge = this.edges[at];
    if (edge === undefined) return;
    const { a, b } = edge;
    if (kind === "restart") this.#restart(which % mesh.routers.length, value);
    else if (!edge.up) this.#mend(at);
    else if (kind === "cut") {
      mesh.cut(a, b, value % 50, value % 70);
      this.edges[at] = { ...edge, up: false };
    } else if (kind === "suspect") {
      mesh.change(a, b, { suspect: value % 2 === 0 });
    } else {
      const [from, to] = kind === "cost" ? [a, b] : [b, a];
      mesh.change(from, to, { cost: value });
      this.edges[at] = { ...edge, [kind]: value };
    }
    mesh.router(a).send(mesh.id(value % mesh.routers.length), this.#random.bytes(8));
    mesh.settle(pauseMs);
  }

  /** Lets all settle, with nobody under suspicion, and gives the graph that is left. */
  settle(): Edge[] {
    for (const { a, b, up } of this.edges) {
      if (up) this.mesh.change(a, b, { suspect: false });
    }
    this.mesh.settle();
    return this.edges.filter(({ up }) => up);
  }

  /** With its old number, a higher one, or one from before: each must end well. */
  #restart(place: number, value: number): void {
    const { seqno } = this.mesh.router(place).ownRecord;
    this.mesh.settle(100);
    this.mesh.restart(place, Math.max(0, seqno + (value % 5) - 3));
  }

  #mend(at: number): void {
    const edge = this.edges[at];
    if (edge === undefined || this.mesh.isJoined(edge.a, edge.b)) return;
    this.mesh.join(edge.a, edge.b, edge.cost, edge.delayMs, edge.costBack);
    this.edges[at] = { ...edge, up: true };
  }
}

/** News of a number came after its link and before its record: no fault of anybody. */
const NEWS_BEFORE_RECORD: [number, number, number, Change[]] = [
  ...([157_493, 7, 4] as const),
  [
    { kind: "restart", which: 521, value: 1, pauseMs: 0 },
    { kind: "costBack", which: 441, value: 1, pauseMs: 0 },
  ],
];

describe("whatever links do", () => {
  test("next hops never form a loop, and settle on the shortest ways of what is left", () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.integer({ min: 3, max: 9 }),
        fc.nat(12),
        fc.array(change, { minLength: 1, maxLength: 16 }),
        (seed, places, extra, changes) => {
          const story = new Story(seed, places, extra);
          for (const one of changes) story.apply(one);
          const left = story.settle();
          expect(wrongRoutes(story.mesh, left)).toEqual([]);
          // One ordinary way, steps aside of growing distance, and one ordinary way to the end.
          const hops = Math.max(0, ...story.mesh.packetHops.values());
          expect(hops).toBeLessThanOrEqual(3 * places);
          // Honest neighbours are never found at fault.
          for (const router of story.mesh.routers) {
            expect(Math.max(...Object.values(router.stats().faults))).toBe(0);
          }
          expect(story.mesh.isQuiet()).toBe(true);
        },
      ),
      { numRuns: 100, seed: 42, examples: [NEWS_BEFORE_RECORD] },
    );
  });

  test("the same seed gives the same messages", () => {
    const run = (): readonly number[] => {
      const story = new Story(7, 8, 8);
      for (let i = 0; i < 10; i++) {
        story.apply({
          kind: i % 3 === 0 ? "cut" : "cost",
          which: i * 7,
          value: i * 31 + 1,
          pauseMs: i,
        });
      }
      story.settle();
      return [story.mesh.controlMessages, story.mesh.controlBytes, story.mesh.nowMs];
    };
    expect(run()).toEqual(run());
  });

  test("an idle mesh sends nothing and wakes nobody", () => {
    const random = testRandom(5);
    const mesh = new Mesh({ suite, clock: new ManualClock(), random, identities });
    joinAll(mesh, randomGraph(9, 8, random));
    mesh.settle();
    const before = mesh.controlMessages;
    mesh.settle(3_000_000);
    expect(mesh.controlMessages).toBe(before);
    expect(mesh.isQuiet()).toBe(true);
  });
});
