import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suite } from "../../test/support/village.ts";
import { TypedError } from "../base/errors.ts";
import { testIdentity } from "../testing/index.ts";
import { WireError } from "../wire/index.ts";
import { decodeEntry, hasValidSignature, NO_PREVIOUS, signEntry } from "./entry.ts";
import { FeedError } from "./errors.ts";
import { feedIdOf } from "./feed-id.ts";
import { BODY_BYTES_MAX, ENTRY_BYTES_MAX, KIND_MAX, LABEL_BYTES_MAX, SEQ_MAX } from "./limits.ts";

const author = testIdentity(suite, "author").signKey;
const feedId = feedIdOf(suite, author.publicKey, new Uint8Array([1]));
const sample = signEntry(author, {
  feedId,
  seq: 7,
  previous: suite.sha256(new Uint8Array([9])),
  kind: 3,
  body: new Uint8Array([1, 2, 3]),
});

describe("entries", () => {
  test("come back as they were signed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: SEQ_MAX }),
        fc.integer({ min: 0, max: KIND_MAX }),
        fc.uint8Array({ maxLength: 300 }),
        (seq, kind, body) => {
          const entry = signEntry(author, { feedId, seq, previous: NO_PREVIOUS, kind, body });
          expect(decodeEntry(entry.bytes)).toEqual(entry);
          expect(hasValidSignature(suite, entry)).toBe(true);
        },
      ),
      { seed: 1, numRuns: 50 },
    );
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
    for (let at = 0; at < sample.bytes.length; at++) {
      const bytes = sample.bytes.slice();
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      try {
        expect(hasValidSignature(suite, decodeEntry(bytes)), `byte ${at}`).toBe(false);
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(WireError);
      }
    }
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
