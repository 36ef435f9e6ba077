import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ForceLayout, type LayoutLink, type LayoutNode } from "./force.ts";
import { wedgesOf } from "./wedges.ts";

const STEPS_MAX = 1_000;

function tree(size: number): { nodes: LayoutNode[]; links: LayoutLink[] } {
  const nodes: LayoutNode[] = [{ id: "0", hops: 0 }];
  const links: LayoutLink[] = [];
  for (let index = 1; index <= size; index += 1) {
    const parent = Math.floor((index - 1) / 4);
    nodes.push({ id: String(index), hops: (nodes[parent]?.hops ?? 0) + 1 });
    links.push({ a: String(parent), b: String(index) });
  }
  return { nodes, links };
}

function settle(layout: ForceLayout): number {
  let steps = 0;
  while (layout.step() && steps < STEPS_MAX) steps += 1;
  return steps;
}

function places(layout: ForceLayout, nodes: readonly LayoutNode[]): string {
  return JSON.stringify(nodes.map(({ id }) => layout.place(id)));
}

describe("the layout of the map", () => {
  test("comes to rest, and the same mesh twice looks the same", () => {
    const { nodes, links } = tree(100);
    const seen = [1, 2].map(() => {
      const layout = new ForceLayout();
      layout.update(nodes, links);
      expect(settle(layout)).toBeLessThan(STEPS_MAX);
      return places(layout, nodes);
    });
    expect(seen[0]).toBe(seen[1]);
  });

  test("keeps this peer in the middle and everybody else apart", () => {
    const { nodes, links } = tree(100);
    const layout = new ForceLayout();
    layout.update(nodes, links);
    settle(layout);
    expect(layout.place("0")).toMatchObject({ x: 0, y: 0 });
    for (const one of nodes) {
      for (const other of nodes) {
        if (one.id >= other.id) continue;
        const here = layout.place(one.id) ?? { x: 0, y: 0 };
        const there = layout.place(other.id) ?? { x: 0, y: 0 };
        expect(Math.hypot(here.x - there.x, here.y - there.y)).toBeGreaterThan(8);
      }
    }
  });

  test("those who stay keep their places when nothing is new", () => {
    const { nodes, links } = tree(20);
    const layout = new ForceLayout();
    layout.update(nodes, links);
    settle(layout);
    const before = places(layout, nodes);
    layout.update(nodes, links);
    expect(layout.step()).toBe(false);
    expect(places(layout, nodes)).toBe(before);
  });

  test("forgets those who left", () => {
    const { nodes, links } = tree(5);
    const layout = new ForceLayout();
    layout.update(nodes, links);
    layout.update(nodes.slice(0, 3), links);
    expect(layout.place("5")).toBeUndefined();
    expect(layout.step()).toBe(true);
  });

  test("stays finite for any mesh, also an impossible one", () => {
    const node = fc.record({ id: fc.constantFrom(..."abcdefgh"), hops: fc.nat(300) });
    const link = fc.record({
      a: fc.constantFrom(..."abcdefghx"),
      b: fc.constantFrom(..."abcdefghx"),
    });
    const mesh = fc.tuple(
      fc.uniqueArray(node, { selector: ({ id }) => id, maxLength: 8 }),
      fc.array(link, { maxLength: 20 }),
    );
    fc.assert(
      fc.property(mesh, mesh, ([nodes, links], [laterNodes, laterLinks]) => {
        const layout = new ForceLayout();
        layout.update(nodes, links);
        for (let step = 0; step < 20; step += 1) layout.step();
        layout.update(laterNodes, laterLinks);
        for (let step = 0; step < 20; step += 1) layout.step();
        for (const { id } of laterNodes) {
          const { x, y } = layout.place(id) ?? { x: Number.NaN, y: Number.NaN };
          expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
        }
      }),
      { seed: 7 },
    );
  });
});

test("branches lie in wedges of their own", () => {
  const { nodes, links } = tree(20);
  const angles = wedgesOf(nodes, links);
  expect(angles.size).toBe(21);
  const children = [5, 6, 7, 8].map((id) => angles.get(String(id)) ?? 0);
  const parent = angles.get("1") ?? 0;
  expect(Math.min(...children)).toBeLessThan(parent);
  expect(Math.max(...children)).toBeGreaterThan(parent);
  expect(Math.max(...children)).toBeLessThan(angles.get("2") ?? 0);
});
