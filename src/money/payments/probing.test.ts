import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { partOver } from "../../simulation/money/payments/known-router.ts";
import { FAIR_WEATHER, Town } from "../../simulation/money/payments/town.ts";
import type { RoutePlan, RouteResult } from "./router.ts";

const suite = createNodeSuite();

/** Asks for 100 over lines of which the second can hold 40, takes what is held, then the rest. */
function probing(seen: RouteResult[], town: Town, lines: readonly string[]): RoutePlan {
  const parts = [lines.slice(0, 2), lines.slice(2)].map((ids) =>
    partOver(
      town,
      0,
      ids.flatMap((id) => town.lines.get(id) ?? []),
      100,
    ),
  );
  const [narrow, wide] = parts;
  if (narrow === undefined || wide === undefined) throw new RangeError("two ways");
  return {
    begin: () => ({ t: "probe", probes: [{ id: 7, part: narrow, least: 10 }], release: [] }),
    onResult: (result) => {
      seen.push(result);
      if (result.id === 7) {
        return { t: "probe", probes: [{ id: 8, part: wide, least: 60 }], release: [] };
      }
      return {
        t: "pay",
        parts: [
          { id: 7, amount: 40, delivers: 40 },
          { id: 8, amount: 60, delivers: 60 },
        ],
        release: [],
      };
    },
  };
}

test("a probe is granted what each line has free, and less than that may be locked", () => {
  const seen: RouteResult[] = [];
  const ids: string[] = [];
  const town: Town = new Town({
    seed: 4,
    suite,
    size: 4,
    weather: FAIR_WEATHER,
    router: () => ({ plan: (_, done) => done(probing(seen, town, ids)), learn() {} }),
  });
  ids.push(town.line(0, 1, 1_000, 1_000).id, town.line(1, 3, 46, 46).id);
  ids.push(town.line(0, 2, 1_000, 1_000).id, town.line(2, 3, 400, 400).id);
  town.start();
  const invoice = town.request(3, 100);
  town.payments(0).pay(invoice);
  town.world.run(3_000);
  expect(seen).toEqual([
    { id: 7, granted: [100, 40], isHeld: true },
    { id: 8, granted: [100, 100], isHeld: true },
  ]);
  expect([...town.payments(0).receipts()]).toMatchObject([{ amount: 100 }]);
  expect([...(town.node(3).desk?.lines() ?? [])].map(({ balance }) => balance)).toEqual([40, 60]);
});

test("a probe that a line cannot hold comes back with what it has", () => {
  const seen: RouteResult[] = [];
  const town: Town = new Town({
    seed: 4,
    suite,
    size: 3,
    weather: FAIR_WEATHER,
    router: (_, place) => ({
      plan: (ask, done) => {
        const part = partOver(town, place, [...town.lines.values()], ask.amount);
        done({
          begin: () => ({ t: "probe", probes: [{ id: 0, part, least: 41 }], release: [] }),
          onResult: (result) => {
            seen.push(result);
            return { t: "fail", release: [] };
          },
        });
      },
      learn() {},
    }),
  });
  town.line(0, 1, 1_000, 1_000);
  town.line(1, 2, 46, 46);
  town.start();
  town.payments(0).pay(town.request(2, 100));
  town.world.run(3_000);
  expect(seen).toEqual([{ id: 0, granted: [100, 40], isHeld: false }]);
  expect([...town.payments(0).payments()]).toMatchObject([{ state: "failed", why: "limit" }]);
});

test("a way on which two have the same key is as one that was refused, and asked of nobody", () => {
  const seen: RouteResult[] = [];
  const ids: string[] = [];
  const plan = (): RoutePlan => {
    const way = partOver(
      town,
      0,
      ids.flatMap((id) => town.lines.get(id) ?? []),
      100,
    );
    const [, last] = way.nodes;
    const same = way.nodes.map((node) => ({ ...node, dhKey: last?.dhKey ?? node.dhKey }));
    const probe = (id: number, nodes: typeof way.nodes) => ({
      t: "probe" as const,
      probes: [{ id, part: { ...way, nodes }, least: 100 }],
      release: [],
    });
    return {
      begin: () => probe(1, same),
      onResult: (result) => {
        seen.push(result);
        if (result.id === 1) return probe(2, way.nodes);
        return { t: "pay", parts: [{ id: 2, amount: 100, delivers: 100 }], release: [] };
      },
    };
  };
  const town: Town = new Town({
    seed: 4,
    suite,
    size: 3,
    weather: FAIR_WEATHER,
    router: () => ({ plan: (_, done) => done(plan()), learn() {} }),
  });
  ids.push(town.line(0, 1, 1_000, 1_000).id, town.line(1, 2, 1_000, 1_000).id);
  town.start();
  town.payments(0).pay(town.request(2, 100));
  expect(seen).toEqual([{ id: 1, granted: [100], isHeld: false }]);
  town.world.run(3_000);
  expect(seen.slice(1)).toEqual([{ id: 2, granted: [100, 100], isHeld: true }]);
  expect([...town.payments(0).receipts()]).toMatchObject([{ amount: 100 }]);
});
