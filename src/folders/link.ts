import { fromBase32, toBase32 } from "../base/base32.ts";
import { fromHex, fromUtf8, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { FOLDER_KEY_BYTES, type FolderKeys, readKeys, writeKeys } from "./capability.ts";
import { FoldersError } from "./errors.ts";
import { FOLDER_NAME_BYTES_MAX, LINK_CHARS_MAX, LINK_HINTS_MAX } from "./limits.ts";
import { isName } from "./path.ts";

/** How a link begins that lets read and write. */
export const WRITE_PREFIX = "peernet:folder/";
/** How a link begins that lets read only. */
export const READ_PREFIX = "peernet:folder-read/";

const VERSION = 1;
const PEER_ID_BYTES = 16;

/** What a folder link carries. */
export interface FolderLink {
  readonly keys: FolderKeys;
  /** What the folder is called by whoever made the link. */
  readonly name: string;
  /** Peers that had it then. */
  readonly hints: readonly PeerId[];
}

/**
 * The text of a link: prefix and base32 of version 1, the seed (or read key and public key),
 * number of hints, hints of 16 bytes, and the name in UTF-8.
 */
export function formatFolderLink(link: FolderLink, mayWrite: boolean): string {
  const { keys, name, hints } = link;
  const writer = new Writer().u8(VERSION);
  if (mayWrite) writer.bytes(must(keys.write, "a write link is made of a write key").seed);
  else writer.bytes(keys.readKey).bytes(keys.publicKey);
  const named = hints.slice(0, LINK_HINTS_MAX);
  writer.u8(named.length);
  for (const id of named) writer.bytes(must(fromHex(id), "a peer id is hexadecimal"));
  return (mayWrite ? WRITE_PREFIX : READ_PREFIX) + toBase32(writer.bytes(utf8(name)).done());
}

/** @throws FoldersError("bad-link") where the text is no folder link */
export function parseFolderLink(suite: CryptoSuite, text: string): FolderLink {
  const trimmed = text.trim();
  const prefix = [WRITE_PREFIX, READ_PREFIX].find((each) => trimmed.startsWith(each));
  const bytes =
    prefix === undefined || trimmed.length > LINK_CHARS_MAX
      ? undefined
      : fromBase32(trimmed.slice(prefix.length));
  if (bytes === undefined) throw badLink();
  try {
    return readLink(suite, new Reader(bytes), prefix === WRITE_PREFIX);
  } catch (error) {
    if (error instanceof WireError) throw badLink();
    throw error;
  }
}

function readLink(suite: CryptoSuite, reader: Reader, mayWrite: boolean): FolderLink {
  const version = reader.u8();
  if (version !== VERSION) {
    throw new FoldersError(
      "bad-link",
      `This folder link has format ${version}, which this Peernet does not know yet. Please update it.`,
    );
  }
  const first = reader.bytes(FOLDER_KEY_BYTES).slice();
  const keys = mayWrite
    ? writeKeys(suite, first)
    : readKeys(suite, first, reader.bytes(FOLDER_KEY_BYTES).slice());
  const count = reader.u8();
  if (count > LINK_HINTS_MAX) throw badLink();
  const hints = Array.from({ length: count }, () => toHex(reader.bytes(PEER_ID_BYTES)));
  const name = fromUtf8(reader.rest());
  if (name === undefined || !isFolderName(name)) throw badLink();
  return { keys, name, hints };
}

/** Whether a folder may be called so: one name of at most 64 bytes. */
export function isFolderName(name: string): boolean {
  return isName(name) && utf8(name).length <= FOLDER_NAME_BYTES_MAX;
}

function badLink(): FoldersError {
  return new FoldersError(
    "bad-link",
    `This is no folder link. One begins with ${WRITE_PREFIX} or ${READ_PREFIX} and goes on with letters and digits; please copy it whole.`,
  );
}
