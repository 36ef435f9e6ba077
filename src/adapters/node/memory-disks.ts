import type { BlockStore, DiskError, RecordStore, RecordWrite } from "../../ports/index.ts";

/** Answers come later, as from a real disk. */
function later(action: () => void): void {
  setImmediate(action);
}

/** Small state that is gone with the process: for a peer that is only passing through. */
export class MemoryRecordStore implements RecordStore {
  readonly #records = new Map<string, Uint8Array>();
  readonly #poke: () => void;

  /** @param poke called after each answer, so that new deadlines are noticed */
  constructor(poke: () => void) {
    this.#poke = poke;
  }

  write(batch: readonly RecordWrite[], done: (error: DiskError | null) => void): void {
    for (const { key, value } of batch) {
      if (value === null) this.#records.delete(key);
      else this.#records.set(key, new Uint8Array(value));
    }
    later(() => {
      done(null);
      this.#poke();
    });
  }

  scan(
    prefix: string,
    done: (
      error: DiskError | null,
      found: readonly { readonly key: string; readonly value: Uint8Array }[],
    ) => void,
  ): void {
    const found = this.now(prefix);
    later(() => {
      done(null, found);
      this.#poke();
    });
  }

  /** What a scan would find, at once. */
  now(prefix: string): readonly { readonly key: string; readonly value: Uint8Array }[] {
    return [...this.#records]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key, value }));
  }
}

/** A place for blocks that takes none. */
export const NO_BLOCKS: BlockStore = {
  put: (_key, _block, done) => later(() => done(null)),
  get: (_key, done) => later(() => done(null, null)),
  remove: (_keys, done) => later(() => done(null)),
  has: () => false,
  keys: () => [],
  usedBytes: () => 0,
};
