import { expect, test } from "vitest";
import { parseAddress } from "../identity/index.ts";
import type { StoreContext } from "./context.ts";
import { LocalSource } from "./source.ts";

type Done = (value: Uint8Array | undefined) => void;

/** A disk that answers when and in which order the test wants. */
function slowDisk(): { readonly source: LocalSource; readonly waiting: Done[] } {
  const waiting: Done[] = [];
  const ledger = {
    indices: () => [3],
    leaves: (_root: string, _index: number, done: Done) => waiting.push(done),
    shard: (_root: string, _index: number, _stripe: number, done: Done) => waiting.push(done),
  };
  // Only what a local source touches of its context.
  const context = { self: parseAddress("fd00::1"), ledger } as unknown as StoreContext;
  return { source: new LocalSource(context, "00"), waiting };
}

test("the disk here answers in the order of the questions, whatever comes first from it", () => {
  const { source, waiting } = slowDisk();
  const told: string[] = [];
  source.leaves(3, () => told.push("leaves"));
  source.shard(3, 0, () => {
    told.push("shard 0");
    source.shard(3, 2, () => told.push("shard 2"));
  });
  source.shard(3, 1, () => told.push("shard 1"));
  expect(source.outstanding).toBe(3);
  waiting[2]?.(new Uint8Array(1));
  waiting[1]?.(new Uint8Array(1));
  expect(told).toEqual([]);
  waiting[0]?.(new Uint8Array(1));
  expect(told).toEqual(["leaves", "shard 0", "shard 1"]);
  expect(source.outstanding).toBe(1);
  source.close();
  waiting[3]?.(undefined);
  expect(told).toHaveLength(3);
  expect(source.outstanding).toBe(0);
});
