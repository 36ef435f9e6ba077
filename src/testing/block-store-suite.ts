import { fromHex } from "../base/bytes.ts";
import { BLOCK_BYTES_MAX, type BlockStore, DiskError } from "../ports/index.ts";
import { getBlock as get, putBlock as put, removeBlocks } from "./block-calls.ts";
import { checkWith, type TestApi } from "./suite-api.ts";

/** A store under test. */
export interface BlockStoreSubject {
  readonly store: BlockStore;
  /** Lets the process end and begin again: the same blocks through a new store. */
  reopen(): Promise<BlockStore>;
  dispose(): Promise<void>;
}

function block(fill: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(fill);
}

/** SHA-256 of a zero byte and 64 ones. */
const LEAF_OF_ONES = fromHex("931f38af772ca6a076ad98c475dd6cd41bb81457d70189f1844b8fab837706af");

async function putsSeveral(subject: BlockStoreSubject, expect: TestApi["expect"]): Promise<void> {
  const { store } = subject;
  if (store.putAll === undefined) return;
  const mine = [1, 2, 3].map((fill) => ({ key: `k${fill}`, block: block(fill, 9 * fill) }));
  const ones = { key: "leaf", block: block(1, 64), leaf: () => LEAF_OF_ONES };
  const answer = new Promise((done) => store.putAll?.([...mine, ones], done));
  for (const one of [...mine, ones]) one.block.fill(9);
  expect(await answer).toBe(null);
  expect(await new Promise((done) => store.putAll?.([], done))).toBe(null);
  const after = await subject.reopen();
  for (const fill of [1, 2, 3]) expect(await get(after, `k${fill}`)).toEqual(block(fill, 9 * fill));
  expect(await get(after, "leaf")).toEqual(block(1, 64));
}

/**
 * What every `BlockStore` must do.
 * @param make a new, empty store for each test
 */
export function blockStoreSuite(
  { describe, test, expect }: TestApi,
  name: string,
  make: () => Promise<BlockStoreSubject>,
): void {
  const check = checkWith(test, make);

  describe(`block store: ${name}`, () => {
    check("gives back what was put, and null for the rest", async ({ store }) => {
      expect(await put(store, "s/a", block(1, 100))).toBe(null);
      expect(await put(store, "s/empty", block(0, 0))).toBe(null);
      expect(await get(store, "s/a")).toEqual(block(1, 100));
      expect(await get(store, "s/empty")).toEqual(block(0, 0));
      expect(await get(store, "s/")).toBe(null);
      expect(store.has("s/a")).toBe(true);
      expect(store.has("s/b")).toBe(false);
    });

    check("takes the largest block and refuses one byte more", async ({ store }) => {
      expect(await put(store, "max", block(3, BLOCK_BYTES_MAX))).toBe(null);
      const found = await get(store, "max");
      expect(found?.length).toBe(BLOCK_BYTES_MAX);
      expect(found?.every((byte) => byte === 3)).toBe(true);
      const refused = await put(store, "more", block(3, BLOCK_BYTES_MAX + 1));
      expect(refused instanceof DiskError).toBe(true);
      expect(store.has("more")).toBe(false);
      expect(store.usedBytes()).toBe(BLOCK_BYTES_MAX);
    });

    check("counts live bytes exactly and lists keys by prefix", async ({ store }) => {
      await Promise.all([
        put(store, "a/1", block(1, 10)),
        put(store, "a/2", block(2, 20)),
        put(store, "b/1", block(3, 40)),
      ]);
      expect(store.usedBytes()).toBe(70);
      expect([...store.keys("a/")].sort()).toEqual(["a/1", "a/2"]);
      await put(store, "a/1", block(4, 5));
      expect(store.usedBytes()).toBe(65);
      expect(await get(store, "a/1")).toEqual(block(4, 5));
      expect(await removeBlocks(store, "a/2", "b/1", "never")).toBe(null);
      expect(store.usedBytes()).toBe(5);
      expect([...store.keys("")]).toEqual(["a/1"]);
      expect(await get(store, "b/1")).toBe(null);
      expect(store.has("b/1")).toBe(false);
    });

    check("takes changes of one key in the order of the calls", async ({ store }) => {
      const answers: number[] = [];
      for (let i = 0; i < 40; i++) {
        if (i % 5 === 4) store.remove(["k"], () => answers.push(i));
        else store.put("k", block(i, i), () => answers.push(i));
      }
      expect(await put(store, "k", block(77, 7))).toBe(null);
      expect(answers).toEqual(Array.from({ length: 40 }, (_, i) => i));
      expect(await get(store, "k")).toEqual(block(77, 7));
      expect(store.usedBytes()).toBe(7);
    });

    check("takes a leaf hash, and leaves the block to the caller after", async ({ store }) => {
      const mine = block(1, 64);
      expect(await new Promise((done) => store.put("k", mine, done, LEAF_OF_ONES))).toBe(null);
      mine.fill(9);
      expect(await get(store, "k")).toEqual(block(1, 64));
    });

    check("takes several blocks at once, where it does, and copies them", (subject) =>
      putsSeveral(subject, expect),
    );

    check("keeps what it acknowledged when the process ends", async (subject) => {
      for (let i = 0; i < 30; i++) await put(subject.store, `k${i}`, block(i, 100 + i));
      await put(subject.store, "k3", block(200, 11));
      await removeBlocks(subject.store, "k4", "k5");
      await put(subject.store, "k5", block(201, 12));
      const store = await subject.reopen();
      expect([...store.keys("")].length).toBe(29);
      expect(await get(store, "k0")).toEqual(block(0, 100));
      expect(await get(store, "k3")).toEqual(block(200, 11));
      expect(await get(store, "k4")).toBe(null);
      expect(await get(store, "k5")).toEqual(block(201, 12));
      let bytes = 0;
      for (const key of [...store.keys("")]) bytes += (await get(store, key))?.length ?? 0;
      expect(store.usedBytes()).toBe(bytes);
    });
  });
}
