import { describe, expect, test } from "vitest";
import { concatBytes, toHex } from "../../src/base/bytes.ts";
import {
  type AeadName,
  CryptoError,
  type CryptoSuite,
  hkdfSha256,
  KEM_SEED_BYTES,
  ML_KEM_768,
  TAG_BYTES,
} from "../../src/crypto/index.ts";
import { hex, loadVectors, SUITES } from "./vectors.ts";

type Verdict = "valid" | "invalid" | "acceptable";

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly result: Verdict;
  readonly flags: readonly string[];
  readonly [member: string]: unknown;
}

interface Group {
  readonly tests: readonly Case[];
  readonly [member: string]: unknown;
}

/** What a check says of a case: its outcome, or undefined where our interface has no such size. */
type Check = (suite: CryptoSuite, vector: Case, group: Group) => boolean | undefined;

function member(vector: Case, name: string): Uint8Array {
  const value = vector[name];
  return hex(typeof value === "string" ? value : "not a text");
}

/** Sizes that the interface fixes: 256-bit keys, 96-bit nonces, 128-bit tags. */
function aead(name: AeadName): Check {
  return (suite, vector) => {
    const key = member(vector, "key");
    const nonce = member(vector, "iv");
    const tag = member(vector, "tag");
    if (key.length !== 32 || nonce.length !== 12 || tag.length !== TAG_BYTES) return undefined;
    const cipher = suite.aead(name, key);
    const aad = member(vector, "aad");
    const message = member(vector, "msg");
    const sealed = concatBytes(member(vector, "ct"), tag);
    const opened = cipher.open(nonce, aad, sealed);
    if (opened === undefined) return false;
    expect(toHex(opened)).toBe(toHex(message));
    expect(toHex(cipher.seal(nonce, aad, message))).toBe(toHex(sealed));
    return true;
  };
}

/** An agreement on all zero bytes must be refused; the vectors call such keys acceptable. */
const x25519: Check = (suite, vector) => {
  const shared = vector["shared"];
  try {
    const secret = suite.dhKey(member(vector, "private")).dh(member(vector, "public"));
    expect(toHex(secret)).toBe(shared);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(CryptoError);
    expect((error as CryptoError).code).toBe("low-order");
    expect(shared).toBe("00".repeat(32));
    expect(vector.result).toBe("acceptable");
    return false;
  }
};

const ed25519: Check = (suite, vector, group) => {
  const { pk } = group["publicKey"] as { readonly pk: string };
  return suite.verify(hex(pk), member(vector, "msg"), member(vector, "sig"));
};

/** Tags are compared up to the length the group names; the interface itself never cuts them. */
const hmac: Check = (suite, vector, group) => {
  const tag = suite.hmacSha256(member(vector, "key"), member(vector, "msg"));
  const length = Number(group["tagSize"]) / 8;
  return toHex(tag.subarray(0, length)) === vector["tag"];
};

const hkdf: Check = (suite, vector) => {
  const size = Number(vector["size"]);
  if (size > 255 * 32) return false;
  const salt = member(vector, "salt");
  const okm = hkdfSha256(suite, salt, member(vector, "ikm"), size, member(vector, "info"));
  return toHex(okm) === vector["okm"];
};

/** Which check reads which file. */
const FILES: readonly (readonly [string, Check])[] = [
  ["aes_gcm", aead("aes-256-gcm")],
  ["chacha20_poly1305", aead("chacha20-poly1305")],
  ["x25519", x25519],
  ["ed25519", ed25519],
  ["hmac_sha256", hmac],
  ["hkdf_sha256", hkdf],
];

describe.each(FILES)("Wycheproof %s", (file, check) => {
  const loaded = loadVectors(`wycheproof/${file}_test.json`) as { testGroups: Group[] } | undefined;

  test.skipIf(loaded === undefined).each(SUITES)("%s", (name, suite) => {
    let ran = 0;
    let excluded = 0;
    for (const group of loaded?.testGroups ?? []) {
      for (const vector of group.tests) {
        const outcome = check(suite, vector, group);
        if (outcome === undefined) {
          excluded++;
          continue;
        }
        ran++;
        if (vector.result === "acceptable") continue;
        const what = `case ${vector.tcId} (${vector.comment}; ${vector.flags.join(", ")})`;
        expect(outcome, what).toBe(vector.result === "valid");
      }
    }
    console.log(`${file}, ${name}: ${ran} cases ran, ${excluded} of sizes we do not have`);
    expect(ran).toBeGreaterThan(0);
  });
});

describe("Wycheproof mlkem_768", () => {
  const loaded = loadVectors("wycheproof/mlkem_768_test.json") as
    | { testGroups: Group[] }
    | undefined;

  test.skipIf(loaded === undefined)("makes the same keys and secrets, and refuses the rest", () => {
    let ran = 0;
    for (const { tests } of loaded?.testGroups ?? []) {
      for (const vector of tests) {
        const what = `case ${vector.tcId} (${vector.comment}; ${vector.flags.join(", ")})`;
        expect(mlKem(vector), what).toBe(vector.result === "valid");
        ran++;
      }
    }
    console.log(`mlkem_768: ${ran} cases ran`);
    expect(ran).toBeGreaterThan(0);
  });
});

/** Whether the seed gives the public key, and the ciphertext the secret; seeds and ciphertexts of another size are refused. */
function mlKem(vector: Case): boolean {
  const seed = member(vector, "seed");
  if (seed.length !== KEM_SEED_BYTES) return false;
  try {
    const secret = ML_KEM_768.decapsulate(seed, member(vector, "c"));
    const isKey = toHex(ML_KEM_768.publicKey(seed)) === vector["ek"];
    return isKey && toHex(secret) === vector["K"];
  } catch (error) {
    expect(error).toBeInstanceOf(CryptoError);
    return false;
  }
}
