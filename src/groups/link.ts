import { fromBase32, toBase32 } from "../base/base32.ts";
import { fromHex, fromUtf8, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite, SigningKey } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { GroupsError } from "./errors.ts";
import { ENDPOINT_BYTES_MAX, HINTS_MAX, LINK_CHARS_MAX, LINK_ENDPOINTS_MAX } from "./limits.ts";
import { GROUP_ID_BYTES, isPlainText, limits, type OpId } from "./log/index.ts";

/** How a link begins. */
export const LINK_PREFIX = "peernet:group/";

const VERSION = 1;
const PEER_ID_BYTES = 16;
const HASH_BYTES = 32;
/** Bytes of the secret from which an invite's key follows. */
export const INVITE_SECRET_BYTES = 16;
const KEY_LABEL = utf8("peernet group invite v1");

/** What a link says of a group. */
export interface GroupLink {
  /** 32 hexadecimal digits. */
  readonly group: string;
  /** What lets its holder in; without it the link is for somebody who was added already. */
  readonly invite: { readonly id: OpId; readonly secret: Uint8Array } | undefined;
  readonly title: string;
  /** Peers that have the group. */
  readonly hints: readonly PeerId[];
  /** Where one of them can be dialled. */
  readonly endpoints: readonly string[];
}

/** The key of an invite, whose public half is in the log. */
export function inviteKey(suite: CryptoSuite, secret: Uint8Array): SigningKey {
  return suite.signingKey(suite.hmacSha256(secret, KEY_LABEL));
}

/** The text of a link: prefix and base32; bytes as in docs/protocol/groups.md. */
export function formatGroupLink(link: GroupLink): string {
  const { group, invite, title, hints, endpoints } = link;
  const writer = new Writer().u8(VERSION).bytes(hexBytes(group));
  writer.u8(invite === undefined ? 0 : 1);
  if (invite !== undefined) writer.bytes(hexBytes(invite.id)).bytes(invite.secret);
  const named = hints.slice(0, HINTS_MAX);
  writer.u8(named.length);
  for (const hint of named) writer.bytes(hexBytes(hint));
  const places = endpoints.filter((each) => utf8(each).length <= ENDPOINT_BYTES_MAX);
  const told = places.slice(0, LINK_ENDPOINTS_MAX);
  writer.u8(told.length);
  for (const endpoint of told) writer.text(endpoint);
  return LINK_PREFIX + toBase32(writer.bytes(utf8(title)).done());
}

/** @throws GroupsError("bad-link") where the text is no link of a group */
export function parseGroupLink(text: string): GroupLink {
  const trimmed = text.trim();
  const isLink = trimmed.toLowerCase().startsWith(LINK_PREFIX) && trimmed.length <= LINK_CHARS_MAX;
  const bytes = isLink ? fromBase32(trimmed.slice(LINK_PREFIX.length)) : undefined;
  if (bytes === undefined) throw badLink();
  try {
    return readLink(new Reader(bytes));
  } catch (error) {
    if (error instanceof WireError) throw badLink();
    throw error;
  }
}

function readLink(reader: Reader): GroupLink {
  const version = reader.u8();
  if (version !== VERSION) {
    throw new GroupsError(
      "bad-link",
      `This group link has format ${version}, which this Peernet does not know yet. Please update it.`,
    );
  }
  const group = toHex(reader.bytes(GROUP_ID_BYTES));
  const kind = reader.u8();
  if (kind > 1) throw badLink();
  const invite =
    kind === 0
      ? undefined
      : {
          id: toHex(reader.bytes(HASH_BYTES)),
          secret: reader.bytes(INVITE_SECRET_BYTES).slice(),
        };
  const hints = Array.from({ length: count(reader, HINTS_MAX) }, () =>
    toHex(reader.bytes(PEER_ID_BYTES)),
  );
  const endpoints = Array.from({ length: count(reader, LINK_ENDPOINTS_MAX) }, () => {
    const endpoint = fromUtf8(reader.bytes(reader.varint()));
    if (endpoint === undefined || utf8(endpoint).length > ENDPOINT_BYTES_MAX) throw badLink();
    return endpoint;
  });
  const title = fromUtf8(reader.rest());
  if (title === undefined || !isTitle(title)) throw badLink();
  return { group, invite, title, hints, endpoints };
}

/** Whether a group may be titled so. */
export function isTitle(title: string): boolean {
  return isPlainText(title) && utf8(title).length <= limits.TITLE_BYTES_MAX;
}

function count(reader: Reader, max: number): number {
  const found = reader.u8();
  if (found > max) throw badLink();
  return found;
}

function hexBytes(hex: string): Uint8Array {
  return must(fromHex(hex), "ids are hexadecimal");
}

function badLink(): GroupsError {
  return new GroupsError(
    "bad-link",
    `This is no whole group link. Copy it again, from '${LINK_PREFIX}' to its end.`,
  );
}
