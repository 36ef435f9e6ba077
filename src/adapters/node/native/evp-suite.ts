import { type AeadKey, type AeadName, TAG_BYTES } from "../../../crypto/suite.ts";
import { NodeAeadKey } from "../crypto-aead.ts";
import { EVP_SMALL_BYTES } from "../limits.ts";
import { Evp } from "./evp.ts";
import { type Ffi, loadFfi } from "./ffi.ts";

/** Makes AEADs, as `CryptoSuite.aead` does. */
export type AeadMaker = (name: AeadName, key: Uint8Array) => AeadKey;

const made = new WeakMap<Ffi, { readonly maker: AeadMaker | undefined }>();

/** AEADs by OpenSSL's own functions, or undefined where those are missing or do something else. */
export function evpAeads(ffi: Ffi | undefined = loadFfi()): AeadMaker | undefined {
  if (ffi === undefined) return undefined;
  const known = made.get(ffi) ?? { maker: tryEvp(ffi) };
  made.set(ffi, known);
  return known.maker;
}

function tryEvp(ffi: Ffi): AeadMaker | undefined {
  try {
    const evp = new Evp(ffi);
    const maker: AeadMaker = (name, key) => evp.aead(name, key);
    return agrees(maker, "aes-256-gcm") && agrees(maker, "chacha20-poly1305") ? maker : undefined;
  } catch {
    // Another library than OpenSSL, or one that was built without these ciphers.
    return undefined;
  }
}

/**
 * Whether a maker's AEADs do what node:crypto does: each size more often than a context is
 * shared, one byte altered, and the answers of one key opened by the other.
 */
function agrees(maker: AeadMaker, name: AeadName): boolean {
  const bytes = Uint8Array.from({ length: 2 * EVP_SMALL_BYTES }, (_, i) => (i * 167) >> 3);
  const [ours, theirs] = [
    maker(name, bytes.subarray(0, 32)),
    new NodeAeadKey(name, bytes.subarray(0, 32)),
  ];
  const sizes = [0, 1, 64, 1_200, EVP_SMALL_BYTES - TAG_BYTES, EVP_SMALL_BYTES, bytes.length];
  return sizes.every((size, i) => {
    const nonce = bytes.subarray(i, i + 12);
    const associated = bytes.subarray(i, i + 9 * i);
    const plain = bytes.subarray(bytes.length - size);
    const sealed = ours.seal(nonce, associated, plain);
    const opened = ours.open(nonce, associated, sealed);
    const forged = Uint8Array.from(sealed);
    forged[i] = (forged[i] ?? 0) ^ 1;
    return (
      Buffer.compare(sealed, theirs.seal(nonce, associated, plain)) === 0 &&
      opened !== undefined &&
      Buffer.compare(opened, plain) === 0 &&
      ours.open(nonce, associated, forged) === undefined &&
      ours.open(nonce, associated, sealed.subarray(1)) === undefined
    );
  });
}
