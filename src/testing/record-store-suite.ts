import type { DiskError, RecordStore, RecordWrite } from "../ports/index.ts";
import { answerOf, type Check, checkWith, type TestApi } from "./suite-api.ts";

/** A store under test. */
export interface RecordStoreSubject {
  readonly store: RecordStore;
  /** Lets the process end and begin again: the same records through a new store. */
  reopen(): Promise<RecordStore>;
  dispose(): Promise<void>;
}

type Found = readonly { key: string; value: Uint8Array }[];

async function write(store: RecordStore, batch: readonly RecordWrite[]): Promise<DiskError | null> {
  const [error] = await answerOf<DiskError | null>((done) => store.write(batch, done));
  return error ?? null;
}

async function scan(store: RecordStore, prefix: string): Promise<Found> {
  const [, found] = await answerOf<DiskError | null | Found>((done) => store.scan(prefix, done));
  return Array.isArray(found) ? found : [];
}

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function orderTests(check: Check<RecordStoreSubject>, expect: TestApi["expect"]): void {
  check("gives back what was written, in key order, by prefix", async ({ store }) => {
    const batch = ["feed/2", "feed/10", "feed", "feee/1", "fee/1", "feed/1"].map((key, i) => ({
      key,
      value: bytes(i),
    }));
    expect(await write(store, batch)).toBe(null);
    expect(await scan(store, "feed/")).toEqual([
      { key: "feed/1", value: bytes(5) },
      { key: "feed/10", value: bytes(1) },
      { key: "feed/2", value: bytes(0) },
    ]);
    expect((await scan(store, "")).length).toBe(6);
    expect(await scan(store, "nobody/")).toEqual([]);
  });

  check(
    "takes batches in the order of the calls, and the last word within one",
    async ({ store }) => {
      const answers: number[] = [];
      for (let i = 0; i < 50; i++) {
        const value = i % 7 === 3 ? null : bytes(i);
        store.write(
          [
            { key: "k", value },
            { key: `n/${i}`, value: bytes(i) },
          ],
          () => answers.push(i),
        );
      }
      const last = [
        { key: "k", value: bytes(1) },
        { key: "k", value: null },
        { key: "k", value: bytes(99) },
      ];
      expect(await write(store, last)).toBe(null);
      expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => i));
      expect(await scan(store, "k")).toEqual([{ key: "k", value: bytes(99) }]);
      expect((await scan(store, "n/")).length).toBe(50);
    },
  );

  check("a scan sees every batch asked for before it was answered", async ({ store }) => {
    store.write([{ key: "a", value: bytes(1) }], () => undefined);
    store.write(
      [
        { key: "a", value: null },
        { key: "b", value: bytes(2) },
      ],
      () => undefined,
    );
    expect(await scan(store, "")).toEqual([{ key: "b", value: bytes(2) }]);
  });
}

function contentTests(check: Check<RecordStoreSubject>, expect: TestApi["expect"]): void {
  check("deletes, also what was never there", async ({ store }) => {
    await write(store, [{ key: "a", value: bytes(1) }]);
    expect(
      await write(store, [
        { key: "a", value: null },
        { key: "z", value: null },
      ]),
    ).toBe(null);
    expect(await scan(store, "")).toEqual([]);
  });

  check("takes empty batches, empty values and large ones", async ({ store }) => {
    expect(await write(store, [])).toBe(null);
    const large = new Uint8Array(1 << 20).fill(7);
    expect(
      await write(store, [
        { key: "e", value: bytes() },
        { key: "l", value: large },
      ]),
    ).toBe(null);
    const [empty, big] = await scan(store, "");
    expect(empty?.value.length).toBe(0);
    expect(big?.value.length).toBe(large.length);
    expect(big?.value.every((byte) => byte === 7)).toBe(true);
  });

  check("copies values before the call returns", async ({ store }) => {
    const value = bytes(1, 2, 3);
    const written = write(store, [{ key: "a", value }]);
    value.fill(9);
    await written;
    expect(await scan(store, "")).toEqual([{ key: "a", value: bytes(1, 2, 3) }]);
  });

  check("keeps what it acknowledged when the process ends", async (subject) => {
    await write(subject.store, [
      { key: "a", value: bytes(1) },
      { key: "b", value: bytes(2) },
    ]);
    await write(subject.store, [
      { key: "a", value: null },
      { key: "c", value: bytes(3) },
    ]);
    const store = await subject.reopen();
    expect(await scan(store, "")).toEqual([
      { key: "b", value: bytes(2) },
      { key: "c", value: bytes(3) },
    ]);
  });
}

/**
 * What every `RecordStore` must do.
 * @param make a new, empty store for each test
 */
export function recordStoreSuite(
  { describe, test, expect }: TestApi,
  name: string,
  make: () => Promise<RecordStoreSubject>,
): void {
  const check = checkWith(test, make);

  describe(`record store: ${name}`, () => {
    orderTests(check, expect);
    contentTests(check, expect);
  });
}
