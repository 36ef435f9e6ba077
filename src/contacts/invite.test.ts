import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suite } from "../../test/support/village.ts";
import { fromBase32, toBase32 } from "../base/base32.ts";
import { utf8 } from "../base/bytes.ts";
import { deriveDevice, makeAddedIdentity, vouchForDevice } from "../identity/index.ts";
import { testIdentity } from "../testing/index.ts";
import { WireError } from "../wire/index.ts";
import { ContactsError } from "./errors.ts";
import { decodeInvite, encodeInvite, type InviteTerms } from "./invite.ts";
import {
  CONTACT_FRAME_BYTES_MAX,
  ENDPOINT_BYTES_MAX,
  INVITE_ENDPOINTS_MAX,
  INVITE_PREKEY_BYTES_MAX,
  LINK_CHARS_MAX,
} from "./limits.ts";
import { checkPetname, freePetname } from "./petname.ts";
import { decodeFrame, encodeFrame } from "./protocol.ts";
import { isLasting, isVow, makeVow, VOW_BYTES_MAX } from "./vow.ts";

const anna = testIdentity(suite, "anna");
const ben = testIdentity(suite, "ben");
const terms: InviteTerms = {
  name: "Änne ✨",
  endpoints: ["udp://192.0.2.7:4711", "tcp://[2001:db8::7]:4711"],
  token: new Uint8Array(16).fill(7),
  expiresAtMs: 1_704_067_200_000,
};

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ContactsError) return error.code;
    throw error;
  }
  return "none";
}

describe("invite links", () => {
  test("come back as they were made, in either case and with blanks around", () => {
    const link = encodeInvite(anna, terms);
    const expected = {
      ...terms,
      deviceSignKey: anna.signKey.publicKey,
      signKey: anna.person.signKey.publicKey,
      dhKey: anna.person.dhKey.publicKey,
    };
    expect(link).toMatch(/^peernet:invite\/[a-z2-7]+$/);
    expect(link.length).toBeLessThan(600);
    for (const text of [link, `  ${link}\n`, link.toUpperCase()]) {
      expect(decodeInvite(suite, text)).toEqual(expected);
    }
  });

  test("fit their limit with every member at its own", () => {
    const endpoint = "e".repeat(ENDPOINT_BYTES_MAX);
    const endpoints = Array.from({ length: INVITE_ENDPOINTS_MAX }, () => endpoint);
    const firstContact = {
      dhKey: anna.dhKey.publicKey,
      bundle: new Uint8Array(INVITE_PREKEY_BYTES_MAX).fill(1),
    };
    const full = { ...terms, name: "n".repeat(64), endpoints, firstContact };
    const largest = encodeInvite(anna, full);
    expect(largest.length).toBeLessThanOrEqual(LINK_CHARS_MAX);
    expect(decodeInvite(suite, largest)).toMatchObject({ endpoints, firstContact });
    for (const over of [
      { ...terms, endpoints: [...endpoints, endpoint] },
      { ...terms, endpoints: [`${endpoint}e`] },
      { ...terms, name: "n".repeat(65) },
      { ...full, firstContact: { ...firstContact, bundle: new Uint8Array(129) } },
      { ...full, firstContact: { ...firstContact, dhKey: new Uint8Array(32) } },
    ]) {
      expect(codeOf(() => decodeInvite(suite, encodeInvite(anna, over)))).toBe("malformed-invite");
    }
  });

  test("with any byte changed, cut short, or made of anything else are refused", () => {
    const link = encodeInvite(anna, terms);
    const bytes = fromBase32(link.slice("peernet:invite/".length)) ?? new Uint8Array(0);
    for (let at = 0; at < bytes.length; at++) {
      const mutated = bytes.slice();
      mutated[at] = (mutated[at] ?? 0) ^ (1 << (at % 8));
      const text = `peernet:invite/${toBase32(mutated)}`;
      expect(
        codeOf(() => decodeInvite(suite, text)),
        `byte ${at}`,
      ).toBe("malformed-invite");
    }
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.nat({ max: link.length - 1 })), (junk) => {
        const text = typeof junk === "number" ? link.slice(0, junk) : `peernet:invite/${junk}`;
        expect(codeOf(() => decodeInvite(suite, text))).toBe("malformed-invite");
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe("petnames", () => {
  test.each([
    "",
    "  ",
    "a\u202eb",
    "a\u0007",
    "a\nb",
    "soft\u00adhyphen",
    "n".repeat(65),
    "fd12::1",
    "0123456789abcdef0123456789abcdef",
  ])("such as %j are refused", (name) => {
    expect(codeOf(() => checkPetname(name))).toBe("bad-name");
    expect(freePetname(name, "0123456789abcdef", () => false)).toBe("somebody 012345");
  });

  test("at their limit pass, get numbers where taken, and stay within the limit", () => {
    expect(checkPetname(" Zoë 👩‍👩‍👧 ")).toBe("Zoë 👩‍👩‍👧");
    const longest = "é".repeat(32);
    expect(checkPetname(longest)).toBe(longest);
    const taken = new Set(["anna", "anna 2", longest]);
    expect(freePetname("anna", "00", (name) => taken.has(name))).toBe("anna 3");
    expect(freePetname(longest, "00", (name) => taken.has(name))).toBe(`${"é".repeat(31)} 2`);
  });
});

describe("by a device that holds no words", () => {
  const seed = suite.sha256(utf8("phone"));
  const { publicKey } = deriveDevice(suite, seed).signKey;
  const phone = makeAddedIdentity(suite, seed, vouchForDevice(anna, publicKey));
  const terms = {
    name: "Anna",
    endpoints: ["tcp://a:1"],
    token: new Uint8Array(16),
    expiresAtMs: 9,
  };

  test("an invite is the person's all the same, in either case of letters", () => {
    const link = encodeInvite(phone, terms);
    const { signKey, dhKey } = anna.certificate;
    const expected = { ...terms, deviceSignKey: publicKey, signKey, dhKey };
    expect(decodeInvite(suite, link)).toEqual(expected);
    expect(decodeInvite(suite, link.toUpperCase())).toEqual(expected);
    const firstContact = { dhKey: phone.dhKey.publicKey, bundle: new Uint8Array(102) };
    const greeted = encodeInvite(phone, { ...terms, firstContact });
    expect(decodeInvite(suite, greeted)).toEqual({ ...expected, firstContact });
    for (let at = 16; at < link.length; at += 7) {
      const letter = link.charAt(at) === "a" ? "b" : "a";
      const changed = link.slice(0, at) + letter + link.slice(at + 1);
      expect(codeOf(() => decodeInvite(suite, changed))).toBe("malformed-invite");
    }
  });

  test("an invite that names another device, or a device of somebody else, is refused", () => {
    const sign = (message: Uint8Array): Uint8Array => phone.signKey.sign(message);
    const other = { ...phone, signKey: { sign, publicKey: ben.signKey.publicKey } };
    expect(codeOf(() => decodeInvite(suite, encodeInvite(other, terms)))).toBe("malformed-invite");
    const foreign = { ...phone, certificate: ben.certificate };
    expect(codeOf(() => decodeInvite(suite, encodeInvite(foreign, terms)))).toBe(
      "malformed-invite",
    );
  });

  test("a vow counts until one of the devices behind it is revoked; the person's own outlasts all", () => {
    const { signKey } = ben.certificate;
    const [direct, byPhone] = [makeVow(anna, signKey), makeVow(phone, signKey)];
    const isRevoked = (device: string): boolean => device === phone.id;
    expect([isLasting(direct), isLasting(byPhone)]).toEqual([true, false]);
    expect(isVow(suite, byPhone, anna.certificate, signKey)).toBe(true);
    expect(isVow(suite, byPhone, anna.certificate, signKey, isRevoked)).toBe(false);
    expect(isVow(suite, direct, anna.certificate, signKey, isRevoked)).toBe(true);
    expect(isVow(suite, byPhone, ben.certificate, signKey)).toBe(false);
  });

  test("the largest frames fit their limit", () => {
    const vow = new Uint8Array(VOW_BYTES_MAX);
    const frame = encodeFrame({ t: "known", n: "x".repeat(64), o: vow, w: vow });
    expect(frame.length - 4).toBeLessThanOrEqual(CONTACT_FRAME_BYTES_MAX);
    expect(() => decodeFrame(frame.subarray(4))).not.toThrow();
    const more = new Uint8Array(VOW_BYTES_MAX + 1);
    const larger = encodeFrame({ t: "known", n: "", o: more, w: vow });
    expect(() => decodeFrame(larger.subarray(4))).toThrow(WireError);
  });
});

describe("vows", () => {
  test("hold for one pair of people and one direction", () => {
    const [a, b] = [anna.certificate, ben.certificate];
    const vow = makeVow(anna, b.signKey);
    expect(isVow(suite, vow, a, b.signKey)).toBe(true);
    expect(isVow(suite, vow, b, a.signKey)).toBe(false);
    expect(isVow(suite, vow, a, a.signKey)).toBe(false);
  });
});

describe("frames", () => {
  test("made of random bytes are refused with a WireError and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeFrame(bytes)).toThrow(WireError);
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});
