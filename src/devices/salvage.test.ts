import { describe, expect, test } from "vitest";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { deriveDevice, derivePerson, personIdOf } from "../identity/index.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { ManualClock } from "../testing/index.ts";
import { DeviceBook, logRecords } from "./book.ts";
import { DeviceLog } from "./log/log.ts";
import type { Signer } from "./log/op.ts";

const suite = createNodeSuite();
const seedOf = (name: string): Uint8Array => suite.sha256(new TextEncoder().encode(name));
const root = derivePerson(suite, seedOf("anna")).signKey;
const personId = personIdOf(suite, root.publicKey);
const deviceOf = (name: string) => deriveDevice(suite, seedOf(name));

/** A log in which every device that is added adds the next one, and its operations. */
function chain(count: number): { log: DeviceLog; ops: readonly Uint8Array[] } {
  let log = DeviceLog.empty(suite, root.publicKey);
  let by: Signer = root;
  for (let at = 0; at < count; at++) {
    const device = deviceOf(`device ${at}`);
    const change = { kind: "add", name: `d${at}`, origin: "paired", vouchers: [] } as const;
    log = log.with([log.sign(by, device.signKey.publicKey, change, 5)]).log;
    by = device.signKey;
  }
  return { log, ops: log.all().map(({ bytes }) => bytes) };
}

interface Start {
  readonly book: DeviceBook;
  readonly words: string | undefined;
}

/** A book begins with what the disk has. */
function start(disk: MemoryRecords, salvages: boolean): Start {
  const clock = new ManualClock();
  const parts = { suite, clock, records: disk.open(), log: SILENT_LOG, salvages };
  const book = new DeviceBook({ ...parts, onChanged: () => undefined });
  let words: string | undefined;
  book.load((error) => {
    words = error?.message;
  });
  while (disk.busy) disk.step();
  return { book, words };
}

function diskOf(ops: readonly Uint8Array[]): { disk: MemoryRecords; keys: readonly string[] } {
  const disk = new MemoryRecords();
  const records = logRecords(personId, root.publicKey, ops);
  for (const { key, value } of records) disk.kept.set(key, value);
  return { disk, keys: records.map(({ key }) => key).slice(0, ops.length) };
}

describe("records of a device log that are missing", () => {
  test.each([0, 3, 5])(
    "the one in place %i: stop the start; with --salvage the rest goes on",
    (hole) => {
      const { log, ops } = chain(6);
      const { disk, keys } = diskOf(ops);
      disk.kept.delete(keys[hole] ?? "");
      if (hole < 5) {
        const { words } = start(disk, false);
        expect(words).toContain("'peernet up --salvage'");
      }
      const { book, words } = start(disk, true);
      expect(words).toBeUndefined();
      expect(book.log(personId, root.publicKey).size).toBe(hole);
      // What a contact tells is taken up again, and nothing is written over.
      let failed: unknown;
      book.change(
        root.publicKey,
        () => ops,
        (error) => {
          failed = error;
        },
      );
      while (disk.busy) disk.step();
      expect(failed).toBeNull();
      const again = start(disk, false).book.log(personId, root.publicKey);
      expect(again.heads).toEqual(log.heads);
      expect(again.size).toBe(6);
    },
  );

  test("on which nothing stands: a gap is noticed, and the last record is not written over", () => {
    const { log, ops } = chain(1);
    const both = ["tablet", "phone"].map((name) => {
      const change = { kind: "add", name, origin: "paired", vouchers: [] } as const;
      return log.sign(root, deviceOf(name).signKey.publicKey, change, 5);
    });
    const { disk, keys } = diskOf([...ops, ...both]);
    disk.kept.delete(keys[1] ?? "");
    expect(start(disk, false).words).toContain("--salvage");
    start(disk, true);
    const { book, words } = start(disk, false);
    expect(words).toBeUndefined();
    expect(
      [...book.log(personId, root.publicKey).devices.values()].map(({ name }) => name),
    ).toEqual(expect.arrayContaining(["d0", "phone"]));
  });

  test("and others that are noise, forged or in another order: what proves itself is taken", () => {
    const { ops } = chain(4);
    const forged = Uint8Array.from(ops[2] ?? []);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    for (const [stored, size] of [
      [[...ops].reverse(), 4],
      [[ops[0], new Uint8Array(80).fill(7), ops[1]], 2],
      [[ops[0], new Uint8Array(0), ops[1], ops[1]], 2],
      [[ops[0], ops[1], forged, ops[3]], 2],
    ] as const) {
      const { disk } = diskOf(stored.map((bytes) => bytes ?? new Uint8Array(0)));
      expect(start(disk, true).book.log(personId, root.publicKey).size).toBe(size);
      const { book, words } = start(disk, false);
      expect(words).toBeUndefined();
      expect(book.log(personId, root.publicKey).size).toBe(size);
    }
  });
});
