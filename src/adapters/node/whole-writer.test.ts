import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryBucket } from "../../simulation/memory-bucket.ts";
import { allBlocks, getBlock, putBlock } from "../../testing/block-calls.ts";
import { openBlockStore } from "./blocks.ts";
import { segmentNumber } from "./segment-hint.ts";

function block(seed: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (seed * 31 + i * 7) & 255);
}

function segmentsOf(bucket: MemoryBucket): number {
  return [...bucket.contents.keys()].filter((name) => segmentNumber(name) !== undefined).length;
}

/** What a process would find that begins now, after this one was killed. */
async function foundAfterKill(bucket: MemoryBucket): Promise<Map<string, Uint8Array>> {
  const files = new MemoryBucket(bucket.contents);
  const store = await openBlockStore("killed", { files });
  const found = new Map(await allBlocks(store));
  await store.close();
  return found;
}

test("blocks of one moment share a segment", async () => {
  const files = new MemoryBucket();
  const store = await openBlockStore("bucket", { files });
  await Promise.all(Array.from({ length: 10 }, (_, i) => putBlock(store, `k${i}`, block(i, 100))));
  expect(segmentsOf(files)).toBe(1);
  await store.close();
});

test("answers in the order of the calls, whichever segment arrives first", async () => {
  const files = new MemoryBucket();
  const store = await openBlockStore("bucket", { files });
  const gates: (() => void)[] = [];
  files.beforeKeep = async () => {
    await new Promise<void>((open) => gates.push(open));
    return "keep";
  };
  const answers: number[] = [];
  const all = [0, 1, 2].map((i) =>
    putBlock(store, "same", block(i, 4_000)).then(() => void answers.push(i)),
  );
  while (gates.length < 3) await new Promise((later) => setImmediate(later));
  for (const open of gates.reverse()) {
    open();
    await new Promise((later) => setImmediate(later));
  }
  await Promise.all(all);
  expect(answers).toEqual([0, 1, 2]);
  expect(await getBlock(store, "same")).toEqual(block(2, 4_000));
  expect(await foundAfterKill(files)).toEqual(new Map([["same", block(2, 4_000)]]));
  await store.close();
});

test("more waiting bytes than allowed are refused, and nothing is lost", async () => {
  const files = new MemoryBucket();
  const store = await openBlockStore("bucket", { files });
  const big = 500_000;
  const answers = await Promise.all([
    putBlock(store, "a", block(1, big)),
    putBlock(store, "b", block(2, big)),
    putBlock(store, "c", block(3, big)),
  ]);
  expect(answers.map((error) => error?.code)).toEqual([undefined, undefined, "io"]);
  expect(await putBlock(store, "c", block(3, big))).toBe(null);
  expect([...store.keys("")].sort()).toEqual(["a", "b", "c"]);
  await store.close();
});

/** What keys may hold: the last acknowledged value, or any asked for since. */
class Promises {
  readonly #may = new Map<string, (Uint8Array | undefined)[]>();

  asked(key: string, value: Uint8Array | undefined): (isKept: boolean) => void {
    const values = this.#may.get(key) ?? [undefined];
    this.#may.set(key, [...values, value]);
    return (isKept) => {
      const now = this.#may.get(key) ?? [];
      if (isKept) this.#may.set(key, now.slice(now.indexOf(value)));
    };
  }

  copy(): Promises {
    const copy = new Promises();
    for (const [key, values] of this.#may) copy.#may.set(key, values);
    return copy;
  }

  check(found: ReadonlyMap<string, Uint8Array>): void {
    for (const [key, values] of this.#may) expect(values).toContainEqual(found.get(key));
  }
}

test("killed at any moment of any life, it keeps what it acknowledged", async () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 11 }),
    bytes: fc.integer({ min: 0, max: 1_500 }),
    doing: fc.constantFrom("put", "put", "put", "remove", "wait", "kill"),
    fate: fc.constantFrom("keep", "keep", "keep", "fail", "keep and fail"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const files = new MemoryBucket();
      const fates = steps.map(({ fate }) => fate);
      files.beforeKeep = async (segment) => {
        for (let i = segment % 4; i > 0; i--) await new Promise((later) => setImmediate(later));
        return fates[segment % fates.length] ?? "keep";
      };
      const store = await openBlockStore("bucket", { files });
      const promises = new Promises();
      const asked: Promise<void>[] = [];
      for (const [seed, { key, bytes, doing }] of steps.entries()) {
        const name = `k${key}`;
        if (doing === "wait") await Promise.all(asked);
        else if (doing === "kill") {
          const now = promises.copy();
          now.check(await foundAfterKill(files));
        } else {
          const value = doing === "put" ? block(seed, bytes) : undefined;
          const answered = promises.asked(name, value);
          asked.push(
            new Promise((resolve) => {
              const done = (error: unknown): void => {
                answered(error === null);
                resolve();
              };
              if (value === undefined) store.remove([name], done);
              else store.put(name, value, done);
            }),
          );
        }
      }
      await Promise.all(asked);
      promises.check(new Map(await allBlocks(store)));
      await store.close();
      promises.check(await foundAfterKill(files));
    }),
    { numRuns: 50 },
  );
});
