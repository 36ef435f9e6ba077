import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { encodePeerRecord } from "../identity/index.ts";
import { testIdentity } from "../testing/fixtures.ts";
import { createMemoSuite } from "./memo-suite.ts";
import { createRecordReader } from "./shared-records.ts";

const real = createNodeSuite();

/** A suite that counts its verifications. */
function counting(): { suite: CryptoSuite; verified: () => number } {
  let verified = 0;
  const suite: CryptoSuite = {
    ...createMemoSuite(real),
    verify: (publicKey, message, signature) => {
      verified++;
      return real.verify(publicKey, message, signature);
    },
  };
  return { suite, verified: () => verified };
}

function altered(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe("a remembering suite", () => {
  const key = real.signingKey(real.sha256(utf8("memo")));
  const message = utf8("what is signed, at some length");
  const signature = key.sign(message);

  test("checks each signature once, good or bad", () => {
    const { suite, verified } = counting();
    const memo = createMemoSuite(suite);
    const bad = altered(signature, 60);
    for (let time = 0; time < 3; time++) {
      expect(memo.verify(key.publicKey, message, signature)).toBe(true);
      expect(memo.verify(key.publicKey, altered(message, 3), signature)).toBe(false);
    }
    // Alike in what is looked up, so the two take turns; the answers are right all the same.
    expect(verified()).toBeGreaterThan(1);
    const calm = verified();
    expect(memo.verify(key.publicKey, message, bad)).toBe(false);
    expect(memo.verify(key.publicKey, message, bad)).toBe(false);
    expect(verified()).toBe(calm + 1);
  });

  test("is not taken in by a signature under another key", () => {
    const memo = createMemoSuite(real);
    const other = real.signingKey(real.sha256(utf8("other")));
    expect(memo.verify(key.publicKey, message, signature)).toBe(true);
    expect(memo.verify(other.publicKey, message, signature)).toBe(false);
  });
});

describe("shared records", () => {
  const identity = testIdentity(real, "shared");
  const bytes = encodePeerRecord(identity, { name: "one", seqno: 1 });

  test("are one object for the same bytes, verified once", () => {
    const { suite, verified } = counting();
    const read = createRecordReader(suite);
    const first = read(bytes, undefined);
    const before = verified();
    expect(read(bytes.slice(), undefined)).toBe(first);
    expect(verified()).toBe(before);
    expect(first).toMatchObject({ id: identity.id, name: "one", seqno: 1 });
  });

  test("are refused each time where they are altered", () => {
    const read = createRecordReader(real);
    read(bytes, undefined);
    for (let time = 0; time < 2; time++) {
      expect(() => read(altered(bytes, 40), undefined)).toThrow();
      expect(() => read(altered(bytes, bytes.length - 1), undefined)).toThrow();
      expect(() => read(new Uint8Array(0), undefined)).toThrow();
    }
  });
});
