import { afterEach, expect, test } from "vitest";
import { IslandsLab } from "./islands.ts";
import { whyNoNamespaces } from "./lab.ts";

const reason = whyNoNamespaces();
if (reason !== undefined) console.log(`SKIPPED islands: ${reason}`);

let lab: IslandsLab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

test.skipIf(reason !== undefined)(
  "three islands write apart: a picture is seen on each meanwhile, and afterwards nothing is lost",
  async () => {
    lab = new IslandsLab();
    const { previews, layers, lost, versions, acknowledged } = await lab.run();
    expect(previews).toEqual({ tried: 3, seen: 3 });
    // Nobody has all of it: the hosts were cut off, and what they saw is the coarse part.
    for (const text of layers) expect(text).toMatch(/^[12]\/3$/);
    expect(lost).toEqual([]);
    expect(versions).toEqual([3, 3, 3]);
    expect(acknowledged).toBe(15);
  },
  180_000,
);
