import { equalBytes } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { MEMO_SIGNATURES_MAX } from "./limits.ts";

interface Checked {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly good: boolean;
}

/**
 * The same suite, but a signature that was checked once is not checked again: in a simulation all
 * peers check the same ones. When very many are known, all are forgotten and learned anew.
 */
export function createMemoSuite(suite: CryptoSuite): CryptoSuite {
  let known = new Map<string, Checked>();
  return {
    get fastAead() {
      return suite.fastAead;
    },
    sha256: (...parts) => suite.sha256(...parts),
    hmacSha256: (key, ...parts) => suite.hmacSha256(key, ...parts),
    signingKey: (seed) => suite.signingKey(seed),
    dhKey: (secret) => suite.dhKey(secret),
    aead: (name, key) => suite.aead(name, key),
    verify: (publicKey, message, signature) => {
      const key = shortKey(signature, message);
      const found = known.get(key);
      if (found !== undefined && isSame(found, publicKey, message, signature)) return found.good;
      const good = suite.verify(publicKey, message, signature);
      if (known.size >= MEMO_SIGNATURES_MAX) known = new Map();
      known.set(key, {
        publicKey: publicKey.slice(),
        message: message.slice(),
        signature: signature.slice(),
        good,
      });
      return good;
    },
  };
}

function isSame(
  { publicKey, message, signature }: Checked,
  ...given: readonly [Uint8Array, Uint8Array, Uint8Array]
): boolean {
  return (
    equalBytes(publicKey, given[0]) &&
    equalBytes(message, given[1]) &&
    equalBytes(signature, given[2])
  );
}

/** 16 bytes of the signature and the length of what is signed, as a short text. */
function shortKey(signature: Uint8Array, message: Uint8Array): string {
  const codes: number[] = [message.length];
  for (let at = 0; at + 1 < Math.min(16, signature.length); at += 2) {
    codes.push(((signature[at] ?? 0) << 8) | (signature[at + 1] ?? 0));
  }
  return String.fromCharCode(...codes);
}
