import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { testIdentity } from "../testing/fixtures.ts";
import { decodeCbor } from "../wire/cbor.ts";
import { encodeCbor } from "../wire/cbor-encode.ts";
import { WireError } from "../wire/errors.ts";
import { NAME_BYTES_MAX, PEER_RECORD_BYTES_MAX } from "../wire/limits.ts";
import { addedBy } from "./added.fixture.ts";
import { makeAddedIdentity } from "./device.ts";
import { IdentityError } from "./errors.ts";
import { SEQNO_MAX, VOUCHERS_MAX } from "./limits.ts";
import { verifyCertificate } from "./person.ts";
import { decodePeerRecord, encodePeerRecord } from "./record.ts";
import type { LocalIdentity } from "./types.ts";
import { devicesBehind, PERSON_WORD_BYTES_MAX, signForPerson } from "./word.ts";

const suite = createNodeSuite();
const laptop = testIdentity(suite, "anna");
const bert = testIdentity(suite, "bert");

const phone = addedBy(suite, laptop, "phone");
const watch = addedBy(suite, phone, "watch");
const ring = addedBy(suite, watch, "ring");

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof WireError || error instanceof IdentityError) return error.code;
    throw error;
  }
  return "none";
}

/** A record with any body, rightly signed by the device. */
function signed(by: LocalIdentity, body: Uint8Array): Uint8Array {
  return concatBytes(body, by.signKey.sign(concatBytes(utf8("peernet peer record v1"), body)));
}

describe("a device that was added", () => {
  test("is the person's, without any secret of theirs, directly or by up to two others", () => {
    for (const device of [phone, watch, ring]) {
      expect(device.person.personId).toBe(laptop.person.personId);
      expect(device.person.root).toBeUndefined();
      expect(Object.keys(device.person.signKey)).toEqual(["publicKey"]);
      expect(verifyCertificate(suite, device.certificate, device.signKey.publicKey)).toBe(true);
      expect(verifyCertificate(suite, device.certificate, bert.signKey.publicKey)).toBe(false);
    }
    expect([phone, watch, ring].map(({ certificate }) => certificate.via.length)).toEqual([
      0, 1, 2,
    ]);
    expect(ring.certificate.via.length).toBe(VOUCHERS_MAX);
    expect(codeOf(() => addedBy(suite, ring, "one too many"))).toBe("bad-certificate");
  });

  test("the person's own key vouches directly, whatever chain there was", () => {
    expect(phone.certificate.via).toEqual([]);
    const seed = suite.sha256(utf8("phone"));
    expect(codeOf(() => makeAddedIdentity(suite, seed, watch.certificate))).toBe("bad-certificate");
  });

  test("a certificate with a changed, missing or foreign voucher holds for nothing", () => {
    const { certificate } = ring;
    const [first, second] = certificate.via;
    const chains = [
      [],
      [first],
      [second],
      [second, first],
      [first, first],
      [first, { ...must(second, "two"), signKey: bert.signKey.publicKey }],
      [first, { ...must(second, "two"), signature: must(first, "one").signature }],
      [first, second, second],
    ];
    for (const chain of chains) {
      const via = chain.flatMap((voucher) => voucher ?? []);
      const changed = { ...certificate, via };
      expect(verifyCertificate(suite, changed, ring.signKey.publicKey)).toBe(false);
    }
  });
});

describe("its peer record", () => {
  test("comes back, within the limit of size at the longest chain, name and number", () => {
    for (const device of [phone, watch, ring]) {
      const about = {
        name: "x".repeat(NAME_BYTES_MAX),
        seqno: SEQNO_MAX,
        chain: new Uint8Array(12),
      };
      const bytes = encodePeerRecord(device, about);
      expect(bytes.length).toBeLessThanOrEqual(PEER_RECORD_BYTES_MAX);
      expect(decodePeerRecord(suite, bytes).person).toEqual(device.certificate);
    }
  });

  test("has version 1 where nobody is in between: every Peernet reads it", () => {
    const version = (device: LocalIdentity): unknown => {
      const bytes = encodePeerRecord(device, { name: "", seqno: 1 });
      return (decodeCbor(bytes.subarray(0, -64)) as { readonly v: number }).v;
    };
    expect([laptop, phone, watch].map(version)).toEqual([1, 1, 2]);
  });

  test("is refused where version and vouchers do not fit each other, or a voucher is false", () => {
    const { signKey: k, dhKey: d, signature: s, via } = watch.certificate;
    const vouchers = via.map((one) => ({ k: one.signKey, s: one.signature }));
    const bodyOf = (v: number, a: typeof vouchers | undefined) =>
      encodeCbor({
        ...{ v, k: watch.signKey.publicKey, d: watch.dhKey.publicKey, q: 1, n: "" },
        p: { k, d, s, a },
      });
    const decode = (body: Uint8Array): string =>
      codeOf(() => decodePeerRecord(suite, signed(watch, body)));
    expect(decode(bodyOf(2, vouchers))).toBe("none");
    expect(decode(bodyOf(1, vouchers))).toBe("out-of-range");
    expect(decode(bodyOf(2, undefined))).toBe("out-of-range");
    expect(decode(bodyOf(2, []))).toBe("out-of-range");
    expect(decode(bodyOf(3, vouchers))).toBe("out-of-range");
    expect(decode(bodyOf(2, [...vouchers, ...vouchers, ...vouchers]))).toBe("out-of-range");
    expect(decode(bodyOf(2, [...vouchers, ...vouchers]))).toBe("bad-certificate");
  });

  test("a known record with another chain is not taken for verified", () => {
    const known = decodePeerRecord(suite, encodePeerRecord(watch, { name: "", seqno: 1 }));
    const { signKey: k, dhKey: d, signature: s } = watch.certificate;
    const a = [{ k: phone.signKey.publicKey, s: new Uint8Array(64) }];
    const body = encodeCbor({
      ...{ v: 2, k: watch.signKey.publicKey, d: watch.dhKey.publicKey, q: 2, n: "" },
      p: { k, d, s, a },
    });
    expect(codeOf(() => decodePeerRecord(suite, signed(watch, body), known))).toBe(
      "bad-certificate",
    );
  });
});

describe("a word for the person", () => {
  const content = utf8("something");

  test("tells which devices stand behind it, and fits its limit", () => {
    const behind = (by: LocalIdentity) => {
      const word = signForPerson(by, content);
      expect(word.length).toBeLessThanOrEqual(PERSON_WORD_BYTES_MAX);
      return devicesBehind(suite, laptop.certificate, content, word);
    };
    expect(behind(laptop)).toEqual([]);
    expect(behind(phone)).toEqual([phone.id]);
    expect(behind(ring)).toEqual([ring.id, phone.id, watch.id]);
  });

  test("of another person, over something else, or altered anywhere is none", () => {
    const word = signForPerson(ring, content);
    expect(devicesBehind(suite, bert.certificate, content, word)).toBeUndefined();
    expect(devicesBehind(suite, laptop.certificate, utf8("else"), word)).toBeUndefined();
    const foreign = signForPerson({ ...ring, signKey: bert.signKey }, content);
    expect(devicesBehind(suite, laptop.certificate, content, foreign)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(word.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = new Uint8Array(word);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(devicesBehind(suite, laptop.certificate, content, changed)).toBeUndefined();
      }),
      { seed: 8, numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(devicesBehind(suite, laptop.certificate, content, bytes)).toBeUndefined();
      }),
      { seed: 9, numRuns: 100 },
    );
  });
});
