import { expect, test } from "vitest";
import { WAITING_CALLS_MAX } from "./limits.ts";
import { ask } from "./wait.ts";

test("calls that wait: at the limit and one above", async () => {
  const ends: (() => void)[] = [];
  const wait = (): Promise<void> => ask<void>((resolve) => ends.push(resolve));
  const waiting = Array.from({ length: WAITING_CALLS_MAX }, wait);
  await expect(wait()).rejects.toMatchObject({ code: "unavailable" });
  ends.shift()?.();
  await waiting.shift();
  waiting.push(wait());
  expect(ends).toHaveLength(WAITING_CALLS_MAX);
  for (const end of ends) end();
  await Promise.all(waiting);
  // One that fails makes room as well.
  await expect(ask((_resolve, reject) => reject(new RangeError("no")))).rejects.toThrow("no");
});
