import { concatBytes, fromUtf8, spreadBytes, utf8 } from "../base/bytes.ts";
import { type AeadKey, type CryptoSuite, TAG_BYTES } from "../crypto/index.ts";
import { decodeCbor, encodeCbor, schema, WireError, Writer } from "../wire/index.ts";
import { StoreError } from "./errors.ts";
import { type Layer, type StripePlace, sizeOf } from "./geometry.ts";
import {
  LAYERS_MAX,
  MEDIA_TYPE_BYTES_MAX,
  OBJECT_NAME_BYTES_MAX,
  STRIPE_BYTES,
  STRIPES_MAX,
} from "./limits.ts";
import type { Manifest } from "./manifest.ts";

const STRIPE_LABEL = utf8("peernet object stripe key v1");
const LAYER_LABEL = utf8("peernet object layer key v2");
const META_KEY_LABEL = utf8("peernet object name key v1");
const NAME_DATA = utf8("peernet object name v1");
const META_DATA = utf8("peernet object meta v2");
const NONCE_BYTES = 12;
/** What is sealed of the meta is padded to a multiple of this, so that its length tells little. */
const META_PAD_BYTES = 64;

/** What a layer is for. */
export type LayerRole = "preview" | "body";

/**
 * How the body's bytes become the file: as they are, or from a progressive JPEG back to the
 * baseline one that it was made from.
 */
export type BodyTransform = "none" | "jpeg-rescan";

/** What only the reader of an object learns. */
export interface SealedMeta {
  readonly name: string;
  /** Empty where nobody told. */
  readonly mediaType: string;
  /** One role per layer. */
  readonly roles: readonly LayerRole[];
  readonly transform: BodyTransform;
  /** Bytes of the file that the object is; not those of the body where that is transformed. */
  readonly fileBytes: number;
}

const nameSchema = schema.record({
  v: schema.literal(1),
  n: schema.text(OBJECT_NAME_BYTES_MAX),
});

const metaSchema = schema.record({
  v: schema.literal(2),
  n: schema.text(OBJECT_NAME_BYTES_MAX),
  t: schema.text(MEDIA_TYPE_BYTES_MAX),
  r: schema.list(schema.oneOf("preview", "body"), LAYERS_MAX),
  x: schema.oneOf("none", "jpeg-rescan"),
  s: schema.integer(0, STRIPES_MAX * STRIPE_BYTES),
});

/**
 * What the read key opens: the layers' stripes and the meta. Every layer has a key of its own, so
 * that a coarse one can be shown to somebody without the rest.
 */
export class StripeCipher {
  readonly #suite: CryptoSuite;
  readonly #readKey: Uint8Array;
  readonly #version: 1 | 2;
  readonly #layers: Map<number, AeadKey> = new Map();
  readonly #meta: AeadKey;

  /** @param version that of the object's manifest */
  constructor(suite: CryptoSuite, readKey: Uint8Array, version: 1 | 2) {
    this.#suite = suite;
    this.#readKey = readKey;
    this.#version = version;
    this.#meta = suite.aead("aes-256-gcm", suite.hmacSha256(readKey, META_KEY_LABEL));
  }

  /** A stripe, sealed; 16 bytes longer. Position and end are authenticated with it. */
  sealStripe(stripe: number, place: LayerPlace, plain: Uint8Array): Uint8Array {
    return this.#keyOf(place.layer).seal(nonceOf(stripe), this.#data(stripe, place), plain);
  }

  /** The same across parts, one after another; what is left over of them becomes zero. */
  sealStripeAcross(
    stripe: number,
    place: LayerPlace,
    plain: Uint8Array,
    parts: readonly Uint8Array[],
  ): void {
    const key = this.#keyOf(place.layer);
    const [nonce, data] = [nonceOf(stripe), this.#data(stripe, place)];
    if (key.sealAcross === undefined) spreadBytes(key.seal(nonce, data, plain), parts);
    else key.sealAcross(nonce, data, plain, parts);
  }

  /** The stripe, or undefined where key, place or bytes are not the ones it was sealed with. */
  openStripe(stripe: number, place: LayerPlace, sealed: Uint8Array): Uint8Array | undefined {
    return this.#keyOf(place.layer).open(nonceOf(stripe), this.#data(stripe, place), sealed);
  }

  /** The meta, padded and sealed. @throws StoreError("bad-name") where the name is too long */
  sealMeta(meta: SealedMeta): Uint8Array {
    if (utf8(meta.name).length > OBJECT_NAME_BYTES_MAX) {
      throw new StoreError(
        "bad-name",
        `The name is longer than ${OBJECT_NAME_BYTES_MAX} bytes. Please choose a shorter one.`,
      );
    }
    const { name, mediaType, roles, transform, fileBytes } = meta;
    const encoded = encodeCbor({
      v: 2,
      n: name,
      t: mediaType,
      r: [...roles],
      x: transform,
      s: fileBytes,
    });
    const length = Math.ceil((2 + encoded.length) / META_PAD_BYTES) * META_PAD_BYTES;
    const padded = new Uint8Array(length);
    padded.set(new Writer(2).u16(encoded.length).done());
    padded.set(encoded, 2);
    return this.#meta.seal(nonceOf(0), META_DATA, padded);
  }

  /** The meta, or undefined where the key is another one or the bytes are none of ours. */
  openMeta(manifest: Pick<Manifest, "sealedMeta" | "layers">): SealedMeta | undefined {
    const data = this.#version === 1 ? NAME_DATA : META_DATA;
    if (manifest.sealedMeta.length < TAG_BYTES) return undefined;
    const padded = this.#meta.open(nonceOf(0), data, manifest.sealedMeta);
    if (padded === undefined) return undefined;
    const length = (padded[0] ?? 0) * 256 + (padded[1] ?? 0);
    try {
      const decoded = decodeCbor(padded.subarray(2, 2 + length));
      return this.#version === 1 ? metaOfName(decoded, manifest) : metaOf(decoded, manifest);
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }

  #keyOf(layer: number): AeadKey {
    const known = this.#layers.get(layer);
    if (known !== undefined) return known;
    const label =
      this.#version === 1 ? STRIPE_LABEL : concatBytes(LAYER_LABEL, Uint8Array.of(layer));
    const key = this.#suite.aead("aes-256-gcm", this.#suite.hmacSha256(this.#readKey, label));
    this.#layers.set(layer, key);
    return key;
  }

  /** Version, stripe number and whether it is its layer's last one: what AEAD binds a stripe to. */
  #data(stripe: number, { isLast }: LayerPlace): Uint8Array {
    const end = isLast ? 1 : 0;
    return new Writer(6).u8(this.#version).u32(stripe).u8(end).done();
  }
}

type LayerPlace = Pick<StripePlace, "layer" | "isLast">;

function metaOfName(decoded: unknown, manifest: Pick<Manifest, "layers">): SealedMeta {
  const { n: name } = nameSchema(decoded, "name");
  const fileBytes = sizeOf(manifest);
  return { name, mediaType: "", roles: ["body"], transform: "none", fileBytes };
}

function metaOf(decoded: unknown, { layers }: Pick<Manifest, "layers">): SealedMeta {
  const {
    n: name,
    t: mediaType,
    r: roles,
    x: transform,
    s: fileBytes,
  } = metaSchema(decoded, "meta");
  const bodyBytes = bodyBytesOf(layers, roles);
  if (roles.length !== layers.length || (transform === "none" && bodyBytes !== fileBytes)) {
    throw new WireError("out-of-range", "The meta does not fit the object's layers.");
  }
  return { name, mediaType, roles, transform, fileBytes };
}

/** Bytes of the layers that are the file itself. */
export function bodyBytesOf(layers: readonly Layer[], roles: readonly LayerRole[]): number {
  let bytes = 0;
  for (const [i, { sizeBytes }] of layers.entries()) if (roles[i] === "body") bytes += sizeBytes;
  return bytes;
}

function nonceOf(stripe: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(NONCE_BYTES - 4, stripe);
  return nonce;
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
