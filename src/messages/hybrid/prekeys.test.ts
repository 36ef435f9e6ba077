import { expect, test } from "vitest";
import { MemoryRecords } from "../../../test/support/memory-records.ts";
import { NOW_MS } from "../../../test/support/ratchet/kit.ts";
import { suite } from "../../../test/support/village.ts";
import { ML_KEM_768 } from "../../crypto/index.ts";
import { testIdentity, testRandom } from "../../testing/index.ts";
import { Ledger } from "../ledger.ts";
import { INVITE_PREKEYS_MAX, PREKEYS_KEPT_MAX } from "../limits.ts";
import * as ratchet from "../ratchet/index.ts";
import { PREKEYS_MAX } from "../ratchet/limits.ts";
import {
  HYBRID_BUNDLE_BYTES_MAX,
  HYBRID_PREKEY_FRESH_MS,
  HYBRID_PREKEY_LIFE_MS,
  HYBRID_PREKEYS_MAX,
  HYBRID_STREAMS_MAX,
} from "./limits.ts";
import { HYBRID_PREKEYS, HybridPrekeys } from "./prekeys.ts";

/** Prekeys over a disk, and what was answered. */
function box() {
  const disk = new MemoryRecords();
  const clock = { nowMs: NOW_MS };
  const ledger = new Ledger(disk.open());
  const identity = testIdentity(suite, "anna");
  const random = testRandom("prekeys");
  const prekeys = new HybridPrekeys({
    ...{ ratchet, ledger, identity },
    kit: { suite, random, instance: new Uint8Array(8), kem: ML_KEM_768 },
    clock: { wallMs: () => clock.nowMs, monotonicMs: () => clock.nowMs },
  });
  const settle = (): void => {
    while (disk.busy) disk.step();
  };
  const give = (device: string): Uint8Array | string => {
    let answer: Uint8Array | string = "none";
    prekeys.give(device, (error, bundle) => {
      answer = error?.code ?? bundle ?? "none";
    });
    settle();
    return answer;
  };
  const keys = (): string[] =>
    [...disk.kept.keys()].map((key) => key.slice(HYBRID_PREKEYS.length)).sort();
  return { disk, clock, ledger, identity, prekeys, settle, give, keys };
}

const device = (number: number): string => `fd${String(number).padStart(4, "0")}`;

test("a device that asks again is given the same one while it is fresh, and another one after its use", () => {
  const { give, keys, clock, prekeys, ledger, settle, identity } = box();
  const first = give("fd1");
  expect(give("fd1")).toEqual(first);
  expect(give("fd2")).not.toEqual(first);
  expect(keys()).toEqual(["fd1", "fd2"]);
  const { publicKey } = identity.signKey;
  const bundle = ratchet.readBundle(suite, first as Uint8Array, publicKey, NOW_MS);
  expect([bundle.oneTime, bundle.kemKey?.length]).toEqual([true, 1_184]);
  expect((first as Uint8Array).length).toBe(ratchet.HYBRID_BUNDLE_BYTES);
  expect(ratchet.HYBRID_BUNDLE_BYTES).toBeLessThanOrEqual(HYBRID_BUNDLE_BYTES_MAX);
  clock.nowMs += HYBRID_PREKEY_FRESH_MS - 1_000;
  expect(give("fd1")).toEqual(first);
  clock.nowMs += 2_000;
  const second = give("fd1");
  expect(second).not.toEqual(first);
  const used = prekeys.usable.at(-1);
  expect(used).toBeDefined();
  if (used === undefined) return;
  ledger.change(
    (draft) => prekeys.used(draft, used),
    (error) => expect(error).toBeNull(),
  );
  settle();
  expect(keys()).toEqual(["fd2"]);
  expect(prekeys.usable).toHaveLength(1);
  expect(give("fd1")).not.toEqual(second);
});

test("so many are out at a time; one more takes the place of the oldest", () => {
  const { give, keys, prekeys } = box();
  for (let number = 1; number <= HYBRID_PREKEYS_MAX; number++) give(device(number));
  expect([keys().length, keys()[0]]).toEqual([HYBRID_PREKEYS_MAX, device(1)]);
  give(device(HYBRID_PREKEYS_MAX + 1));
  expect([keys().length, keys()[0]]).toEqual([HYBRID_PREKEYS_MAX, device(2)]);
  expect(prekeys.usable).toHaveLength(HYBRID_PREKEYS_MAX);
  // All kinds together are looked at for a first frame.
  expect(HYBRID_PREKEYS_MAX + INVITE_PREKEYS_MAX + PREKEYS_KEPT_MAX).toBeLessThanOrEqual(
    PREKEYS_MAX,
  );
});

test("those whose time is over are erased, and those of a clock that was ahead", () => {
  const { give, keys, clock, prekeys, settle } = box();
  give("fd1");
  clock.nowMs += HYBRID_PREKEY_LIFE_MS - 1_000;
  prekeys.sweep();
  settle();
  expect(keys()).toEqual(["fd1"]);
  give("fd2");
  clock.nowMs += 2_000;
  prekeys.sweep();
  settle();
  expect(keys()).toEqual(["fd2"]);
  clock.nowMs -= 86_400_000;
  prekeys.sweep();
  settle();
  expect([keys(), prekeys.usable]).toEqual([[], []]);
});

test("so many may ask at once, each is answered when its secret is on disk, and a full disk gives none", () => {
  const { disk, prekeys, settle, give, keys } = box();
  const answers: string[] = [];
  for (let number = 0; number <= HYBRID_STREAMS_MAX + 1; number++) {
    prekeys.give(device(number), (error) => answers.push(error?.code ?? "given"));
  }
  // One is being made, and so many wait behind it.
  expect(answers).toEqual(["busy"]);
  settle();
  expect(answers.filter((answer) => answer === "given")).toHaveLength(HYBRID_STREAMS_MAX + 1);
  disk.full = true;
  expect(give("fdfull")).toBe("disk-full");
  expect(keys()).not.toContain("fdfull");
  disk.full = false;
  expect(give("fdfull")).toHaveLength(ratchet.HYBRID_BUNDLE_BYTES);
});

test("what the disk has is read as it was written, the oldest first", () => {
  const { give, disk, clock, prekeys } = box();
  for (const number of [3, 1, 2]) {
    give(device(number));
    clock.nowMs += 1_000;
  }
  const again = box();
  again.prekeys.load(
    [...disk.kept].map(([key, value]) => [
      key.slice(HYBRID_PREKEYS.length),
      ratchet.decodePrekey(suite, value),
    ]),
  );
  expect(again.prekeys.usable).toEqual(prekeys.usable);
});
