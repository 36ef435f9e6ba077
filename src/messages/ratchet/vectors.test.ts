import { expect, test } from "vitest";
import { accept, begin, NOW_MS, suite, testDevice } from "../../../test/support/ratchet/kit.ts";
import { fromHex, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { hkdfSha256 } from "../../crypto/index.ts";
import { createReferenceSuite } from "../../testing/reference-suite.ts";
import { beginChains, messageKey, nextChainKey, stepRoot } from "./chain.ts";
import { sealFrame } from "./seal.ts";

const hex = (text: string) => must(fromHex(text), "no hexadecimal text");

// RFC 5869, appendix A: the test cases with SHA-256.
test.each([
  [
    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
    "000102030405060708090a0b0c",
    "f0f1f2f3f4f5f6f7f8f9",
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  ],
  [
    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
    "",
    "",
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  ],
])("HKDF-SHA-256 is that of RFC 5869, case %#", (ikm, salt, info, okm) => {
  expect(toHex(hkdfSha256(suite, hex(salt), hex(ikm), 42, hex(info)))).toBe(okm);
});

// Computed by Python's hmac and hashlib as well. Both suites must come to the same bytes, for ever.
test.each([suite, createReferenceSuite()])(
  "keys and seals have always the same bytes, %#",
  (one) => {
    const secret = new Uint8Array(32).fill(1);
    const { root, initiators, responders } = beginChains(one, secret);
    const { chain } = stepRoot(one, root, new Uint8Array(32).fill(2), 2);
    const head = Uint8Array.of(0x61, 1, 2, 3, 4);
    const sealed = sealFrame(one, messageKey(one, chain.key), head, utf8("plaintext!"));
    expect({
      root: toHex(root).slice(0, 16),
      initiators: toHex(initiators.key).slice(0, 16),
      responders: toHex(responders.tags.key).slice(0, 16),
      chain: toHex(nextChainKey(one, chain.key)).slice(0, 16),
      tags: [chain.tags.at(0), chain.tags.at(7), chain.tags.at(8)],
      sealed: toHex(sealed),
    }).toEqual({
      root: "e0f85067269b1cc9",
      initiators: "cd1cd092d064821c",
      responders: "03cdd7833d1c2108",
      chain: "58cf737a416c7618",
      tags: [514_071_952, 1_444_214_019, 3_264_279_240],
      sealed: "6101020304662b31acb9237f632d672f50ea004316b5cd",
    });
  },
);

test("a conversation has always the same frames", () => {
  const [anna, ben] = [testDevice("anna"), testDevice("ben")];
  const first = begin(anna, ben).seal(utf8("hello"), NOW_MS);
  const answer = accept(ben, first.frame).next.seal(utf8("yes?"), NOW_MS, "short");
  const third = first.next.open(answer.frame, NOW_MS).next.seal(utf8("well"), NOW_MS);
  const frames = [first, answer, third].map(({ frame }) => frame);
  expect(frames.map((frame) => frame.length)).toEqual([142, 63, 71]);
  expect(toHex(suite.sha256(...frames))).toBe(
    "4db32e018cfee814e55c058f8c1a843f9dbd1b2d595a766d1821a7c389e5001d",
  );
});
