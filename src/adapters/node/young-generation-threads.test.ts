import { expect, test } from "vitest";
import { FreshThread, GROWN_BYTES } from "./young-generation.fixture.ts";
import { holdYoungGeneration } from "./young-generation.ts";

test("a thread that begins does not undo that the space for new objects is held", async () => {
  const letGrow = holdYoungGeneration();
  const first = new FreshThread();
  await first.started();
  await first.newSpaceAfterMany();
  const second = new FreshThread();
  await second.started();
  for (let round = 0; round < 3; round++) {
    expect(await first.newSpaceAfterMany()).toBeLessThan(GROWN_BYTES);
  }
  await second.end();
  await first.end();
  letGrow();
});
