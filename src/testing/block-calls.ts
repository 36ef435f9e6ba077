import { assert } from "../base/errors.ts";
import { type BlockStore, DiskError } from "../ports/index.ts";
import { answerOf } from "./suite-api.ts";

/** `put` as a promise of its error, or null. */
export async function putBlock(
  store: BlockStore,
  key: string,
  block: Uint8Array,
): Promise<DiskError | null> {
  const [error] = await answerOf<DiskError | null>((done) => store.put(key, block, done));
  return error ?? null;
}

/** `get` as a promise. @throws DiskError */
export async function getBlock(store: BlockStore, key: string): Promise<Uint8Array | null> {
  const [error, block] = await answerOf<DiskError | Uint8Array | null>((done) =>
    store.get(key, done),
  );
  if (error instanceof DiskError) throw error;
  return block instanceof Uint8Array ? block : null;
}

/** `remove` as a promise of its error, or null. */
export async function removeBlocks(
  store: BlockStore,
  ...keys: readonly string[]
): Promise<DiskError | null> {
  const [error] = await answerOf<DiskError | null>((done) => store.remove(keys, done));
  return error ?? null;
}

/**
 * Every block that can be read.
 * @throws AssertionError where `keys`, `has` and `usedBytes` then still claim anything else
 */
export async function allBlocks(store: BlockStore): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const key of [...store.keys("")]) {
    const block = await getBlock(store, key);
    if (block !== null) found.set(key, block);
  }
  let bytes = 0;
  for (const block of found.values()) bytes += block.length;
  const keys = [...store.keys("")];
  assert(keys.length === found.size, "keys lists a block that cannot be read");
  assert(
    keys.every((key) => found.has(key) && store.has(key)),
    "has and keys disagree",
  );
  assert(store.usedBytes() === bytes, "usedBytes is not the sum of all blocks");
  return found;
}
