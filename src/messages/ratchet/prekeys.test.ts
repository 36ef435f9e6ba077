import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accept, begin, NOW_MS, suite, testDevice } from "../../../test/support/ratchet/kit.ts";
import { utf8 } from "../../base/bytes.ts";
import { RatchetError } from "./errors.ts";
import { acceptChannel, readFrameHead } from "./first-contact.ts";
import { PREKEY_LIFETIME_MAX_MS, PREKEYS_MAX } from "./limits.ts";
import {
  BUNDLE_BYTES,
  decodePrekey,
  encodePrekey,
  makePrekey,
  readBundle,
  writeBundle,
} from "./prekeys.ts";
import type { Prekey } from "./types.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RatchetError) return error.code;
    throw error;
  }
  return "none";
}

const anna = testDevice("anna");
const ben = testDevice("ben");
const DAY_MS = 86_400_000;

describe("bundles", () => {
  const read = (bytes: Uint8Array, nowMs = NOW_MS, by = ben) =>
    readBundle(suite, bytes, by.signKey.publicKey, nowMs);

  test("say what the prekey is, to whoever knows the device", () => {
    const once = makePrekey(ben.kit, NOW_MS + 1, DAY_MS, true);
    const bytes = writeBundle(once, ben.signKey);
    expect(bytes.length).toBe(BUNDLE_BYTES);
    const { secret: _, ...told } = once;
    expect(read(bytes)).toEqual(told);
    expect(told.expiresAtMs % 1_000).toBe(0);
    expect(codeOf(() => read(bytes, NOW_MS, anna))).toBe("bad-signature");
  });

  test("that were altered are refused, whatever bit it is", () => {
    const bytes = writeBundle(ben.prekey, ben.signKey);
    fc.assert(
      fc.property(fc.nat(BUNDLE_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = bytes.slice();
        altered[at] = (altered[at] ?? 0) ^ flip;
        expect(codeOf(() => read(altered))).toMatch(/^(malformed|bad-signature)$/);
      }),
      { seed: 1, numRuns: 60 },
    );
    for (const length of [0, 1, BUNDLE_BYTES - 1]) {
      expect(codeOf(() => read(bytes.subarray(0, length)))).toBe("malformed");
    }
    expect(codeOf(() => read(Uint8Array.of(...bytes, 0)))).toBe("malformed");
  });

  test("end, and may not be made for ever", () => {
    const bytes = writeBundle(ben.prekey, ben.signKey);
    const { expiresAtMs } = ben.prekey;
    expect(codeOf(() => read(bytes, expiresAtMs - 1))).toBe("none");
    expect(codeOf(() => read(bytes, expiresAtMs))).toBe("expired");
    // A clock ten years behind sees a prekey that is valid for too long.
    expect(codeOf(() => read(bytes, expiresAtMs - PREKEY_LIFETIME_MAX_MS))).toBe("none");
    expect(codeOf(() => read(bytes, expiresAtMs - PREKEY_LIFETIME_MAX_MS - 1))).toBe("expired");
  });

  test("with a key that gives no secrecy are refused", () => {
    const weak = { ...ben.prekey, publicKey: new Uint8Array(32) };
    expect(codeOf(() => read(writeBundle(weak, ben.signKey)))).toBe("malformed");
  });
});

test("prekeys come back from disk as they were", () => {
  expect(decodePrekey(suite, encodePrekey(ben.prekey))).toEqual(ben.prekey);
  for (let length = 0; length < encodePrekey(ben.prekey).length; length++) {
    const cut = encodePrekey(ben.prekey).subarray(0, length);
    expect(codeOf(() => decodePrekey(suite, cut))).toBe("damaged");
  }
});

describe("first frames", () => {
  const { frame } = begin(anna, ben).seal(utf8("hello"), NOW_MS);
  const take = (bytes: Uint8Array, prekeys: readonly Prekey[] = [ben.prekey], nowMs = NOW_MS) =>
    acceptChannel(ben.kit, { ourDhKey: ben.dhKey, prekeys, nowMs }, bytes);

  test("tell who sent them, by which prekey, and what", () => {
    const taken = take(frame);
    expect(taken.body).toEqual(utf8("hello"));
    expect(taken.next.theirDhKey).toEqual(anna.dhKey.publicKey);
    expect(taken.prekey).toBe(ben.prekey);
    expect(taken.next.opening).toBe(false);
    expect(readFrameHead(suite, frame)).toEqual({ kind: "first", channelId: taken.next.id });
  });

  test("open by their own prekey among many, and by none of the others", () => {
    const others = Array.from({ length: PREKEYS_MAX - 1 }, () =>
      makePrekey(ben.kit, NOW_MS, DAY_MS, true),
    );
    expect(take(frame, [...others, ben.prekey]).body).toEqual(utf8("hello"));
    expect(codeOf(() => take(frame, others))).toBe("no-prekey");
    const more = [...others, makePrekey(ben.kit, NOW_MS, DAY_MS, true), ben.prekey];
    expect(codeOf(() => take(frame, more))).toBe("no-prekey");
  });

  test("by a prekey that has ended are refused", () => {
    const { expiresAtMs } = ben.prekey;
    expect(codeOf(() => take(frame, [ben.prekey], expiresAtMs - 1))).toBe("none");
    expect(codeOf(() => take(frame, [ben.prekey], expiresAtMs))).toBe("expired");
  });

  test("meant for another device with the same prekey do not open", () => {
    const thief = { ...ben, dhKey: anna.dhKey };
    expect(codeOf(() => accept(thief, frame))).toBe("forged");
  });

  test("that were altered, cut or made up give a typed error", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = frame.slice();
        altered[at % frame.length] = (altered[at % frame.length] ?? 0) ^ flip;
        expect(codeOf(() => take(altered))).toMatch(/^(forged|no-prekey|not-ours)$/);
      }),
      { seed: 2, numRuns: 150 },
    );
    for (let length = 0; length < frame.length; length++) {
      expect(codeOf(() => take(frame.subarray(0, length)))).toMatch(/^(forged|not-ours)$/);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(codeOf(() => take(bytes))).toMatch(/^(forged|no-prekey|not-ours)$/);
        readFrameHead(suite, bytes);
      }),
      { seed: 3 },
    );
  });

  test("are no second channel when they come again: their id is known", () => {
    const { next } = take(frame);
    expect(codeOf(() => next.open(frame, NOW_MS))).toBe("replayed");
    const [second, third] = [1, 2].map(() => begin(anna, ben).seal(utf8("x"), NOW_MS).frame);
    if (!(second && third)) throw new RangeError("two frames");
    expect(take(second).next.id).not.toBe(take(third).next.id);
    expect(codeOf(() => next.open(second, NOW_MS))).toMatch(/^(forged|replayed|not-ours)$/);
  });
});
