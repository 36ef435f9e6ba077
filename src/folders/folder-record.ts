import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { type FolderKeys, readKeys, writeKeys } from "./capability.ts";
import { FOLDER_NAME_BYTES_MAX, LINK_HINTS_MAX } from "./limits.ts";

/** What is kept of a folder besides its content. */
export interface FolderRecord {
  readonly keys: FolderKeys;
  readonly name: string;
  /** Peers that the link named. */
  readonly hints: readonly PeerId[];
  /** The log in which this device writes. */
  readonly ownLog: string | undefined;
}

const recordSchema = schema.record({
  v: schema.literal(1),
  n: schema.text(FOLDER_NAME_BYTES_MAX),
  h: schema.list(schema.bytes(16), LINK_HINTS_MAX),
  k: schema.optional(schema.bytes(32)),
  r: schema.optional(schema.bytes(32)),
  s: schema.optional(schema.bytes(32)),
  o: schema.optional(schema.bytes(16)),
});

/** The record of a folder: its seed where it may be written, else read key and public key. */
export function encodeFolder({ keys, name, hints, ownLog }: FolderRecord): Uint8Array {
  const hex = (text: string): Uint8Array => must(fromHex(text), "ids are hexadecimal");
  const secret =
    keys.write === undefined ? { r: keys.readKey, k: keys.publicKey } : { s: keys.write.seed };
  const own = ownLog === undefined ? {} : { o: hex(ownLog) };
  return encodeCbor({ v: 1, n: name, h: hints.map(hex), ...secret, ...own });
}

/** The folder of a record; undefined where it has no keys. @throws WireError */
export function decodeFolder(suite: CryptoSuite, bytes: Uint8Array): FolderRecord | undefined {
  const { n, h, k, r, s, o } = recordSchema(decodeCbor(bytes), "folder");
  const keys = s ? writeKeys(suite, s) : r && k && readKeys(suite, r, k);
  if (keys === undefined) return undefined;
  return { keys, name: n, hints: h.map(toHex), ownLog: o && toHex(o) };
}
