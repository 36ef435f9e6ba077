import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suite } from "../../test/support/village.ts";
import { fromBase32, toBase32 } from "../base/base32.ts";
import { testIdentity } from "../testing/index.ts";
import { WireError } from "../wire/index.ts";
import { ContactsError } from "./errors.ts";
import { decodeInvite, encodeInvite, type InviteTerms } from "./invite.ts";
import { ENDPOINT_BYTES_MAX, INVITE_ENDPOINTS_MAX, LINK_CHARS_MAX } from "./limits.ts";
import { checkPetname, freePetname } from "./petname.ts";
import { decodeFrame } from "./protocol.ts";
import { isVow, makeVow } from "./vow.ts";

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
    const largest = encodeInvite(anna, { ...terms, name: "n".repeat(64), endpoints });
    expect(largest.length).toBeLessThanOrEqual(LINK_CHARS_MAX);
    expect(decodeInvite(suite, largest).endpoints).toEqual(endpoints);
    for (const over of [
      { ...terms, endpoints: [...endpoints, endpoint] },
      { ...terms, endpoints: [`${endpoint}e`] },
      { ...terms, name: "n".repeat(65) },
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
