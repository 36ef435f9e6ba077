import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import type { PeerId } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import type { Announcer } from "./announcer.ts";
import { edge, joinAll } from "./graphs.fixture.ts";
import { PIN_MS, PINS_MAX, QUERIES_MAX, QUERY_MS } from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { Neighbour } from "./neighbour.ts";
import { Queries } from "./queries.ts";
import { Table } from "./table.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 9 }, (_, i) => testIdentity(suite, `place ${i}`));

function named(i: number): PeerId {
  return `fd${i.toString(16).padStart(30, "0")}`;
}

function neighbour(id: PeerId): Neighbour {
  return new Neighbour({ id, cost: 1, suspect: false, bitsPerSecond: 1e6 }, 0);
}

describe("seeking a peer", () => {
  function star(): Mesh {
    const mesh = new Mesh({
      ...{ suite, clock: new ManualClock(), random: testRandom(3), identities },
      ...{ vicinityMax: 3, landmarksMax: 0 },
    });
    const around = [2, 3, 4, 5, 6, 7, 8].map((place) => edge(1, place, 10 * place));
    joinAll(mesh, [edge(0, 1), ...around]);
    mesh.settle();
    return mesh;
  }

  test("finds one that budgets would not tell, and keeps it for PIN_MS", () => {
    const mesh = star();
    expect(mesh.router(0).route(mesh.id(8))).toBe(undefined);
    mesh.router(0).seek(mesh.id(8));
    mesh.settle(1_000);
    expect(mesh.router(0).nextHop(mesh.id(8))).toBe(mesh.id(1));
    expect(mesh.reachable[0]?.has(mesh.id(8))).toBe(true);
    // It takes no place from those that were there.
    expect(mesh.router(0).routes()).toHaveLength(5);
    mesh.settle(PIN_MS);
    // The next one that comes in when the time is over takes its place.
    mesh.router(0).seek(mesh.id(7));
    mesh.settle(1_000);
    expect(mesh.router(0).nextHop(mesh.id(7))).toBe(mesh.id(1));
    expect(mesh.router(0).nextHop(mesh.id(8))).toBe(undefined);
  });

  test("asks again only after a while, and not for what is known", () => {
    const mesh = star();
    const sent = (): number => mesh.router(0).stats().messagesSent;
    const before = sent();
    mesh.router(0).seek(mesh.id(2));
    expect(sent()).toBe(before);
    for (let i = 0; i < 50; i++) mesh.router(0).seek(named(1));
    expect(sent()).toBe(before + 1);
    mesh.settle(QUERY_MS / 4);
    mesh.router(0).seek(named(1));
    expect(sent()).toBe(before + 2);
  });
});

describe("queries that wait", () => {
  function queries(): { readonly queries: Queries; readonly repeated: string[] } {
    const repeated: string[] = [];
    const announcer = {
      repeat: ({ id }: Neighbour, slot: number) => repeated.push(`${id} ${slot}`),
    };
    const table = new Table({ vicinityMax: 4, landmarksMax: 0 }, 1);
    return { queries: new Queries(table, announcer as unknown as Announcer, () => {}), repeated };
  }

  test("are answered when the origin comes, unless that is too late or the asker is gone", () => {
    const { queries: waiting, repeated } = queries();
    const [one, gone] = [neighbour("fd01"), neighbour("fd02")];
    waiting.receive(one, named(1), 0);
    waiting.receive(gone, named(1), 0);
    waiting.receive(one, named(2), 0);
    waiting.forget(gone);
    waiting.arrived(named(1), 7, QUERY_MS - 1);
    waiting.arrived(named(2), 8, QUERY_MS);
    expect(repeated).toEqual(["fd01 7"]);
    expect(waiting.size).toBe(0);
  });

  test("of one neighbour crowd out its own, and no more than its share of others'", () => {
    const { queries: waiting, repeated } = queries();
    const [quiet, loud, gone] = [neighbour("fd01"), neighbour("fd02"), neighbour("fd03")];
    for (let i = 0; i < 3; i++) waiting.receive(quiet, named(i), 0);
    waiting.receive(gone, named(9), 0);
    for (let i = 10; i < 10 + 2 * QUERIES_MAX; i++) waiting.receive(loud, named(i), 0);
    waiting.forget(gone);
    expect(waiting.size).toBe(QUERIES_MAX - 1);
    for (let i = 0; i < 3; i++) waiting.arrived(named(i), i, 1);
    expect(repeated).toEqual(["fd01 0", "fd01 1", "fd01 2"]);
    // Somebody who asks for much too shares the places with whoever had them.
    for (let i = 1_000; i < 1_000 + QUERIES_MAX; i++) waiting.receive(quiet, named(i), 0);
    repeated.length = 0;
    for (let i = 0; i < 2_000; i++) waiting.arrived(named(i), 0, 1);
    const ofLoud = repeated.filter((one) => one.startsWith("fd02"));
    expect([ofLoud.length, repeated.length]).toEqual([QUERIES_MAX / 2, QUERIES_MAX]);
  });

  test("are QUERIES_MAX at most; the oldest gives way", () => {
    const { queries: waiting, repeated } = queries();
    const one = neighbour("fd01");
    for (let i = 0; i < QUERIES_MAX; i++) waiting.receive(one, named(i), 0);
    expect(waiting.size).toBe(QUERIES_MAX);
    waiting.receive(one, named(QUERIES_MAX), 0);
    expect(waiting.size).toBe(QUERIES_MAX);
    waiting.arrived(named(0), 1, 1);
    waiting.arrived(named(1), 2, 1);
    expect(repeated).toEqual(["fd01 2"]);
  });
});

test("PINS_MAX origins are pinned at a time; one more, and the oldest is free to go", () => {
  const table = new Table({ vicinityMax: 1, landmarksMax: 0 }, 1);
  const by = neighbour("fd01");
  const record = { seqno: 1 } as Parameters<Table["learn"]>[1];
  const pin = (i: number): void => {
    table.learn(table.add(named(i), by, 0), record);
    table.pin(named(i), PIN_MS, 0);
  };
  for (let i = 0; i < PINS_MAX; i++) pin(i);
  expect(table.excess(0)).toEqual([]);
  pin(PINS_MAX);
  expect(table.excess(0)).toEqual([]);
  pin(PINS_MAX + 1);
  // One place and 256 pins for 258 origins.
  expect(table.excess(0)).toHaveLength(1);
  expect(table.excess(PIN_MS)).toHaveLength(PINS_MAX + 1);
});
