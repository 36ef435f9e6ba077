import { once } from "node:events";
import { getHeapSpaceStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { holdYoungGeneration } from "./young-generation.ts";

/** Bytes of the space for new objects after many have survived in it. */
function spaceBytes(): number {
  const kept: unknown[] = [];
  for (let i = 0; i < 400_000; i++) kept.push({ i, at: [i] });
  expect(kept.length).toBeGreaterThan(0);
  const space = getHeapSpaceStatistics().find((one) => one.space_name === "new_space");
  return space?.space_size ?? Number.NaN;
}

// In a file of its own: what has grown before stays so.
test("a thread that begins does not undo that the space for new objects is held", async () => {
  const letGrow = holdYoungGeneration();
  const held = spaceBytes();
  const worker = new Worker("setInterval(() => undefined, 1000)", { eval: true });
  await once(worker, "online");
  // What happened to be collected while it began may have made it grow once.
  for (let round = 0; round < 3; round++) expect(spaceBytes()).toBeLessThan(2.2 * held);
  await worker.terminate();
  letGrow();
});
