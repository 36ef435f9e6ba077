import { fromUtf8, utf8 } from "../base/bytes.ts";
import { type AeadKey, type CryptoSuite, TAG_BYTES } from "../crypto/index.ts";
import { decodeCbor, encodeCbor, schema, WireError, Writer } from "../wire/index.ts";
import { StoreError } from "./errors.ts";
import { OBJECT_NAME_BYTES_MAX } from "./limits.ts";

const STRIPE_LABEL = utf8("peernet object stripe key v1");
const NAME_LABEL = utf8("peernet object name key v1");
const NAME_DATA = utf8("peernet object name v1");
const NONCE_BYTES = 12;
/** The sealed name is padded to a multiple of this, so that its length tells little. */
const NAME_PAD_BYTES = 64;

const nameSchema = schema.record({
  v: schema.literal(1),
  n: schema.text(OBJECT_NAME_BYTES_MAX),
});

/**
 * What the read key opens: the stripes and the name. Two keys are derived from it, so that the
 * nonce 0 of the name and of the first stripe never meet.
 */
export class StripeCipher {
  readonly #stripes: AeadKey;
  readonly #name: AeadKey;

  constructor(suite: CryptoSuite, readKey: Uint8Array) {
    this.#stripes = suite.aead("aes-256-gcm", suite.hmacSha256(readKey, STRIPE_LABEL));
    this.#name = suite.aead("aes-256-gcm", suite.hmacSha256(readKey, NAME_LABEL));
  }

  /** A stripe, sealed; 16 bytes longer. Position and end are authenticated with it. */
  sealStripe(stripe: number, isLast: boolean, plain: Uint8Array): Uint8Array {
    return this.#stripes.seal(nonceOf(stripe), placeOf(stripe, isLast), plain);
  }

  /** The stripe, or undefined where key, place or bytes are not the ones it was sealed with. */
  openStripe(stripe: number, isLast: boolean, sealed: Uint8Array): Uint8Array | undefined {
    return this.#stripes.open(nonceOf(stripe), placeOf(stripe, isLast), sealed);
  }

  /** The name, padded and sealed. @throws StoreError("bad-name") where it is too long */
  sealName(name: string): Uint8Array {
    if (utf8(name).length > OBJECT_NAME_BYTES_MAX) {
      throw new StoreError(
        "bad-name",
        `The name is longer than ${OBJECT_NAME_BYTES_MAX} bytes. Please choose a shorter one.`,
      );
    }
    const encoded = encodeCbor({ v: 1, n: name });
    const padded = new Uint8Array(
      Math.ceil((2 + encoded.length) / NAME_PAD_BYTES) * NAME_PAD_BYTES,
    );
    padded.set(new Writer(2).u16(encoded.length).done());
    padded.set(encoded, 2);
    return this.#name.seal(nonceOf(0), NAME_DATA, padded);
  }

  /** The name, or undefined where the key is another one or the bytes are none of ours. */
  openName(sealed: Uint8Array): string | undefined {
    if (sealed.length < TAG_BYTES) return undefined;
    const padded = this.#name.open(nonceOf(0), NAME_DATA, sealed);
    if (padded === undefined) return undefined;
    const length = (padded[0] ?? 0) * 256 + (padded[1] ?? 0);
    try {
      return nameSchema(decodeCbor(padded.subarray(2, 2 + length)), "name").n;
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }
}

function nonceOf(stripe: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(NONCE_BYTES - 4, stripe);
  return nonce;
}

/** Version, stripe number and whether it is the last one: what AEAD binds a stripe to. */
function placeOf(stripe: number, isLast: boolean): Uint8Array {
  return new Writer(6)
    .u8(1)
    .u32(stripe)
    .u8(isLast ? 1 : 0)
    .done();
}

/** A name made fit to be stored: valid text of at most 255 bytes, never empty. */
export function fitName(name: string): string {
  const bytes = utf8(name);
  if (bytes.length === 0) return "unnamed";
  if (bytes.length <= OBJECT_NAME_BYTES_MAX) return name;
  for (let end = OBJECT_NAME_BYTES_MAX; end > OBJECT_NAME_BYTES_MAX - 4; end--) {
    const text = fromUtf8(bytes.subarray(0, end));
    if (text !== undefined) return text;
  }
  return "unnamed";
}
