import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { testIdentity, testRandom } from "../testing/fixtures.ts";
import { encodeCbor } from "../wire/cbor-encode.ts";
import { WireError } from "../wire/errors.ts";
import { PEER_RECORD_BYTES_MAX } from "../wire/limits.ts";
import { IdentityError } from "./errors.ts";
import { SEQNO_MAX } from "./limits.ts";
import { certifyDevice } from "./person.ts";
import { decodePeerRecord, encodePeerRecord } from "./record.ts";
import type { LocalIdentity } from "./types.ts";

fc.configureGlobal({ seed: 1 });

const suite = createNodeSuite();
const anna = testIdentity(suite, "anna");
const bert = testIdentity(suite, "bert");

/** The code of the two errors that the decoder may throw. Any other exception gets out. */
function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof WireError || error instanceof IdentityError) return error.code;
    throw error;
  }
}

/** A record with any body, rightly signed by the device: what a hostile peer can make. */
function signed(body: Uint8Array, by: LocalIdentity = anna): Uint8Array {
  return concatBytes(body, by.signKey.sign(concatBytes(utf8("peernet peer record v1"), body)));
}

function bodyOf(identity: LocalIdentity): Parameters<typeof encodeCbor>[0] & object {
  const { signKey, dhKey, signature } = identity.certificate;
  return {
    v: 1,
    k: identity.signKey.publicKey,
    d: identity.dhKey.publicKey,
    q: 7,
    n: "Anna",
    p: { k: signKey, d: dhKey, s: signature },
  };
}

describe("round trip", () => {
  test("says who, with which keys and for whom", () => {
    const bytes = encodePeerRecord(anna, { name: "Anna", seqno: 7 });
    expect(bytes).toEqual(signed(encodeCbor(bodyOf(anna))));
    expect(decodePeerRecord(suite, bytes)).toEqual({
      id: anna.id,
      signKey: anna.signKey.publicKey,
      dhKey: anna.dhKey.publicKey,
      seqno: 7,
      name: "Anna",
      person: anna.certificate,
      bytes,
    });
  });

  test("keeps its own copy of lent bytes", () => {
    const frame = encodePeerRecord(anna, { name: "Anna", seqno: 7 });
    const record = decodePeerRecord(suite, frame);
    const kept = structuredClone(record);
    frame.fill(0);
    expect(record).toEqual(kept);
  });

  test("any fit name and number come back, within the limit of size", () => {
    const letters = fc.constantFrom(..."aZ09 -_.!\u00e4\u4f60\u0645\u{1f3d4}");
    const anyName = fc.string({ unit: letters, maxLength: 64 }).filter((n) => utf8(n).length <= 64);
    fc.assert(
      fc.property(anyName, fc.nat(SEQNO_MAX), (name, seqno) => {
        const bytes = encodePeerRecord(anna, { name, seqno });
        expect(bytes.length).toBeLessThanOrEqual(PEER_RECORD_BYTES_MAX);
        expect(decodePeerRecord(suite, bytes)).toMatchObject({ name, seqno });
      }),
      { numRuns: 50 },
    );
  });

  test("an already verified certificate is not verified again, another one is", () => {
    let verified = 0;
    const counting: CryptoSuite = {
      ...suite,
      sha256: (...parts) => suite.sha256(...parts),
      verify(publicKey, message, signature) {
        verified++;
        return suite.verify(publicKey, message, signature);
      },
    };
    const first = decodePeerRecord(counting, encodePeerRecord(anna, { name: "Anna", seqno: 1 }));
    expect(verified).toBe(2);
    decodePeerRecord(counting, encodePeerRecord(anna, { name: "Anna", seqno: 2 }), first);
    expect(verified).toBe(3);
    decodePeerRecord(counting, encodePeerRecord(bert, { name: "Bert", seqno: 2 }), first);
    expect(verified).toBe(5);
  });
});

describe("a record known already", () => {
  const counted = () => {
    let verified = 0;
    const counting: CryptoSuite = {
      ...suite,
      sha256: (...parts) => suite.sha256(...parts),
      verify: (...all) => {
        verified++;
        return suite.verify(...all);
      },
    };
    return { counting, verified: () => verified };
  };

  test("is given back where every byte is the same, found by its id", () => {
    const { counting, verified } = counted();
    const bytes = encodePeerRecord(anna, { name: "Anna", seqno: 1 });
    const first = decodePeerRecord(suite, bytes);
    const known = (id: string) => (id === anna.id ? first : undefined);
    expect(decodePeerRecord(counting, bytes, known)).toBe(first);
    expect(decodePeerRecord(counting, bytes, first)).toBe(first);
    expect(verified()).toBe(0);
    const other = encodePeerRecord(bert, { name: "Bert", seqno: 1 });
    expect(decodePeerRecord(counting, other, known).id).toBe(bert.id);
    expect(verified()).toBe(2);
  });

  test("helps no forgery with the same id", () => {
    const bytes = encodePeerRecord(anna, { name: "Anna", seqno: 1 });
    const known = decodePeerRecord(suite, bytes);
    const renamed = signed(encodeCbor({ ...bodyOf(anna), q: 1, n: "Bert" }), bert);
    expect(codeOf(() => decodePeerRecord(suite, renamed, () => known))).toBe("bad-signature");
    for (let bit = 0; bit < 512; bit++) {
      const forged = Uint8Array.from(bytes);
      const at = bytes.length - 1 - (bit >> 3);
      forged[at] = (forged[at] ?? 0) ^ (1 << (bit & 7));
      expect(codeOf(() => decodePeerRecord(suite, forged, () => known))).toBe("bad-signature");
    }
  });

  test("its keys take no memory beside its bytes", () => {
    const bytes = encodePeerRecord(anna, { name: "Anna", seqno: 1, chain: new Uint8Array(12) });
    const { signKey, dhKey, chain, person, bytes: own } = decodePeerRecord(suite, bytes);
    for (const part of [signKey, dhKey, chain, person.signKey, person.dhKey, person.signature]) {
      expect(part?.buffer).toBe(own.buffer);
    }
  });
});

describe("limits", () => {
  test("64 bytes of name pass, 65 do not, on either side", () => {
    const longest = "\u00e4".repeat(32);
    const bytes = encodePeerRecord(anna, { name: longest, seqno: 0 });
    expect(decodePeerRecord(suite, bytes).name).toBe(longest);
    const plain = encodePeerRecord(anna, { name: "a".repeat(64), seqno: 0 });
    expect(decodePeerRecord(suite, plain).name).toBe("a".repeat(64));
    const name = `${longest}a`;
    expect(codeOf(() => encodePeerRecord(anna, { name, seqno: 0 }))).toBe("bad-name");
    const forged = signed(encodeCbor({ ...bodyOf(anna), n: name }));
    expect(codeOf(() => decodePeerRecord(suite, forged))).toBe("out-of-range");
  });

  test("2^48-1 is the last number", () => {
    const bytes = encodePeerRecord(anna, { name: "", seqno: SEQNO_MAX });
    expect(decodePeerRecord(suite, bytes).seqno).toBe(SEQNO_MAX);
    const seqno = SEQNO_MAX + 1;
    expect(codeOf(() => encodePeerRecord(anna, { name: "", seqno }))).toBe("out-of-range");
    const forged = signed(encodeCbor({ ...bodyOf(anna), q: seqno }));
    expect(codeOf(() => decodePeerRecord(suite, forged))).toBe("out-of-range");
  });

  test("640 bytes are looked at, 641 are not", () => {
    const decode = (length: number) =>
      codeOf(() => decodePeerRecord(suite, new Uint8Array(length)));
    expect(decode(PEER_RECORD_BYTES_MAX)).toBe("malformed");
    expect(decode(PEER_RECORD_BYTES_MAX + 1)).toBe("too-large");
    expect(decode(64)).toBe("truncated");
    expect(decode(0)).toBe("truncated");
  });
});

describe("names that trick the eye", () => {
  test.each([
    ["a line break", "a\nb"],
    ["an escape sequence", "\u001b[31m"],
    ["a C1 control", "a\u0085"],
    ["a line separator", "a\u2028b"],
    ["a right-to-left override", "\u202egnp.exe"],
    ["a direction isolate", "\u2066a"],
    ["an Arabic letter mark", "\u061ca"],
    ["an invisible space", "An\u200bna"],
  ])("%s is refused on either side", (_, name) => {
    expect(codeOf(() => encodePeerRecord(anna, { name, seqno: 0 }))).toBe("bad-name");
    const forged = signed(encodeCbor({ ...bodyOf(anna), n: name }));
    expect(codeOf(() => decodePeerRecord(suite, forged))).toBe("bad-name");
  });

  test("half a character is refused", () => {
    expect(codeOf(() => encodePeerRecord(anna, { name: "\ud83c", seqno: 0 }))).toBe("bad-name");
  });

  test.each([
    "Zo\u00eb",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\u{1f469}\u200d\u{1f33e}",
    "",
  ])("%j may stay", (name) => {
    expect(decodePeerRecord(suite, encodePeerRecord(anna, { name, seqno: 0 })).name).toBe(name);
  });
});

describe("forgeries", () => {
  const bytes = encodePeerRecord(anna, { name: "Anna", seqno: 7 });
  const decode = (forged: Uint8Array) => codeOf(() => decodePeerRecord(suite, forged));

  test("a body signed by somebody else", () => {
    expect(decode(signed(encodeCbor(bodyOf(anna)), bert))).toBe("bad-signature");
  });

  test("a person who vouched for another device", () => {
    const { signKey, dhKey, signature } = bert.certificate;
    const p = { k: signKey, d: dhKey, s: signature };
    expect(decode(signed(encodeCbor({ ...bodyOf(anna), p })))).toBe("bad-certificate");
  });

  test("keys that give no secrecy", () => {
    const zero = new Uint8Array(32);
    expect(decode(signed(encodeCbor({ ...bodyOf(anna), d: zero })))).toBe("bad-key");
    const signs = must(anna.person.root, "the test's person is whole");
    const dh = { dh: () => zero, publicKey: zero };
    const person = { ...anna.person, signKey: signs, dhKey: dh };
    const { signKey, dhKey, signature } = certifyDevice(suite, person, anna.signKey.publicKey);
    const p = { k: signKey, d: dhKey, s: signature };
    expect(decode(signed(encodeCbor({ ...bodyOf(anna), p })))).toBe("bad-key");
  });

  test.each([
    ["another version", { v: 2 }],
    ["a member too many", { x: 1 }],
    ["a member missing", { n: undefined }],
    ["a short key", { k: new Uint8Array(31) }],
    ["a negative number", { q: -1 }],
    ["a name of bytes", { n: utf8("Anna") }],
  ])("%s", (_, change) => {
    expect(decode(signed(encodeCbor({ ...bodyOf(anna), ...change })))).toMatch(
      /out-of-range|wrong-type/,
    );
  });

  test("every single flipped bit is found", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Uint8Array.from(bytes);
      forged[bit >> 3] = must(forged[bit >> 3], "inside") ^ (1 << (bit & 7));
      expect(decode(forged), `bit ${bit}`).toBeDefined();
    }
  });

  test("cut or lengthened anywhere", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(decode(bytes.subarray(0, length))).toBeDefined();
    }
    expect(decode(concatBytes(bytes, Uint8Array.of(0)))).toBeDefined();
    expect(decode(concatBytes(Uint8Array.of(0), bytes))).toBeDefined();
  });

  test("random bytes, alone and rightly signed, are refused with a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 660 }), (random) => {
        expect(decode(random)).toBeDefined();
        expect(decode(signed(random))).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  test("random changes under a right signature are refused or read as they stand", () => {
    const random = testRandom("mutations");
    const body = encodeCbor(bodyOf(anna));
    for (let run = 0; run < 400; run++) {
      const changed = Uint8Array.from(body);
      for (let i = random.u32() % 4; i >= 0; i--)
        changed[random.u32() % body.length] = random.u32();
      const forged = signed(changed);
      if (decode(forged) === undefined)
        expect(decodePeerRecord(suite, forged).bytes).toEqual(forged);
    }
  });
});
