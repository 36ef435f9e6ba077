import { expect, test } from "vitest";
import { hybridPortOf, type WayPorts } from "./hybrid-port.ts";
import { NARROW_BITS_PER_SECOND } from "./limits.ts";

/** Ways whose first links carry so much; "far" has no known first link. */
function ways(bits: Readonly<Record<string, number>>): WayPorts {
  const neighbour = (id: string) => {
    const bitsPerSecond = bits[id];
    return bitsPerSecond === undefined ? undefined : { bitsPerSecond };
  };
  return {
    link: {
      neighbour,
      neighbours: () => Object.values(bits).map((bitsPerSecond) => ({ bitsPerSecond })),
    },
    routing: { route: (id) => (id === "far" ? undefined : { nextHop: id }) },
  };
}

test("a way is narrow where its first link is slower than the limit, and for radios always", () => {
  const both = ways({ fast: NARROW_BITS_PER_SECOND, slow: NARROW_BITS_PER_SECOND - 1 });
  const port = hybridPortOf(false, both);
  expect(["fast", "slow", "gone", "far"].map((to) => port.isNarrow(to))).toEqual([
    ...[false, true, true, false],
  ]);
  expect(hybridPortOf(false, ways({ slow: 9_600 })).isNarrow("far")).toBe(true);
  expect(hybridPortOf(true, both).isNarrow("fast")).toBe(true);
});
