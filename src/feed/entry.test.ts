import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suite } from "../../test/support/village.ts";
import { TypedError } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { testIdentity } from "../testing/index.ts";
import { WireError } from "../wire/index.ts";
import { decodeEntry, hasValidSignature, NO_PREVIOUS, signEntry, signInPlace } from "./entry.ts";
import { FeedError } from "./errors.ts";
import { feedIdOf } from "./feed-id.ts";
import { BODY_BYTES_MAX, ENTRY_BYTES_MAX, KIND_MAX, LABEL_BYTES_MAX, SEQ_MAX } from "./limits.ts";

const author = testIdentity(suite, "author").signKey;
const feedId = feedIdOf(suite, author.publicKey, new Uint8Array([1]));
const unsigned = {
  feedId,
  seq: 7,
  previous: suite.sha256(new Uint8Array([9])),
  kind: 3,
  body: new Uint8Array([1, 2, 3]),
};
const sample = signEntry(author, unsigned);
const hashed = signEntry(author, unsigned, suite);

describe("entries", () => {
  test("come back as they were signed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: SEQ_MAX }),
        fc.integer({ min: 0, max: KIND_MAX }),
        fc.uint8Array({ maxLength: 300 }),
        (seq, kind, body) => {
          const unsigned = { feedId, seq, previous: NO_PREVIOUS, kind, body };
          for (const entry of [signEntry(author, unsigned), signEntry(author, unsigned, suite)]) {
            expect(decodeEntry(entry.bytes)).toEqual(entry);
            expect(hasValidSignature(suite, entry)).toBe(true);
          }
        },
      ),
      { seed: 1, numRuns: 50 },
    );
  });

  test("are the same where they are made in one piece of memory", () => {
    const { sha256Longer: _, ...rest } = suite;
    const { sha256 } = suite;
    const slow = { ...rest, sha256: (...parts: Uint8Array[]) => sha256.call(suite, ...parts) };
    const sizes = [0, 1, 23, 24, 255, 256, 65_535, BODY_BYTES_MAX];
    for (const size of sizes) {
      const body = new Uint8Array(size).fill(size);
      const place = { feedId, seq: size + 1, previous: NO_PREVIOUS, kind: size };
      const whole = signEntry(author, { ...place, kind: Math.min(size, KIND_MAX), body }, suite);
      for (const each of [suite, slow as CryptoSuite]) {
        const writer = { bytes: size, write: (into: Uint8Array) => into.set(body) };
        const at = { ...place, kind: Math.min(size, KIND_MAX) };
        const { entry, hash } = signInPlace(author, at, writer, each);
        expect(entry).toEqual(whole);
        expect(hash).toEqual(suite.sha256(whole.bytes));
      }
    }
    const tooLarge = { bytes: BODY_BYTES_MAX + 1, write: () => undefined };
    expect(() => signInPlace(author, unsigned, tooLarge, suite)).toThrow(FeedError);
  });

  test("fit their limit with the largest body, and no larger body is signed", () => {
    const place = { feedId, seq: SEQ_MAX, previous: NO_PREVIOUS, kind: KIND_MAX };
    const largest = signEntry(author, { ...place, body: new Uint8Array(BODY_BYTES_MAX) });
    expect(largest.bytes.length).toBeLessThanOrEqual(ENTRY_BYTES_MAX);
    expect(decodeEntry(largest.bytes).body.length).toBe(BODY_BYTES_MAX);
    expect(() => signEntry(author, { ...place, body: new Uint8Array(BODY_BYTES_MAX + 1) })).toThrow(
      FeedError,
    );
  });

  test("with one changed byte are refused by the decoder or by the signature", () => {
    for (const whole of [sample.bytes, hashed.bytes]) {
      for (let at = 0; at < whole.length; at++) {
        const bytes = whole.slice();
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        try {
          expect(hasValidSignature(suite, decodeEntry(bytes)), `byte ${at}`).toBe(false);
        } catch (error) {
          expect(error, `byte ${at}`).toBeInstanceOf(WireError);
        }
      }
    }
  });

  test("of one version are not taken for those of another", () => {
    expect([sample.version, hashed.version]).toEqual([1, 2]);
    for (const { bytes } of [sample, hashed]) {
      const other = bytes.slice();
      const at = bytes.length - 65;
      other[at] = 3 - (bytes[at] ?? 0);
      expect(hasValidSignature(suite, decodeEntry(other))).toBe(false);
      other[at] = 3;
      expect(() => decodeEntry(other)).toThrow(WireError);
    }
  });

  test("whose hash is signed are checked without signing anything long", () => {
    const asked: number[] = [];
    const watched: CryptoSuite = {
      ...suite,
      sha256: (...parts) => suite.sha256(...parts),
      verify: (key, message, signature) => {
        asked.push(message.length);
        return suite.verify(key, message, signature);
      },
    };
    const long = signEntry(author, { ...unsigned, body: new Uint8Array(BODY_BYTES_MAX) }, suite);
    expect(hasValidSignature(watched, long)).toBe(true);
    expect(asked).toEqual([53]);
  });

  test("made of random bytes are refused with a WireError and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(() => decodeEntry(bytes)).toThrow(WireError);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

describe("feed ids", () => {
  test("depend on author and label, and labels have a limit", () => {
    const other = testIdentity(suite, "other").signKey.publicKey;
    const label = new Uint8Array(LABEL_BYTES_MAX);
    const ids = [
      feedIdOf(suite, author.publicKey, label),
      feedIdOf(suite, other, label),
      feedIdOf(suite, author.publicKey, label.subarray(1)),
    ];
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    const tooLong = new Uint8Array(LABEL_BYTES_MAX + 1);
    expect(() => feedIdOf(suite, other, tooLong)).toThrow(TypedError);
  });
});
