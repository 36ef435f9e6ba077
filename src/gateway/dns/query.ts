import { fromUtf8 } from "../../base/bytes.ts";
import { LABEL_BYTES_MAX, NAME_BYTES_MAX, QUERY_BYTES_MAX } from "./limits.ts";

/** Numbers of DNS (RFC 1035, 3596, 6891). */
export const DNS = {
  headerBytes: 12,
  classInternet: 1,
  typeA: 1,
  typePointer: 12,
  typeText: 16,
  typeAaaa: 28,
  typeService: 33,
  typeOptions: 41,
  typeAny: 255,
  ok: 0,
  badFormat: 1,
  noSuchName: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** One question, as far as it could be understood. */
export interface Query {
  /** The header; lent. */
  readonly header: Uint8Array;
  /** The question as it came, so that an answer repeats it letter by letter; lent. */
  readonly question: Uint8Array;
  /** Labels of the name in lower case; one that is no UTF-8 is "\ufffd". */
  readonly labels: readonly string[];
  readonly type: number;
  readonly class: number;
  /** The asking side understands extended DNS. */
  readonly isExtended: boolean;
}

/** A query, or with which code to turn it away; undefined where no answer is due. */
export type ReadQuery =
  | { readonly t: "query"; readonly query: Query }
  | { readonly t: "bad"; readonly header: Uint8Array; readonly code: number }
  | undefined;

interface Name {
  readonly labels: readonly string[];
  readonly end: number;
}

/**
 * Reads one DNS message (RFC 1035 section 4.1): a standard query with one question. A name must be
 * spelled out: nothing stands before it that a compression pointer could mean.
 */
export function readQuery(message: Uint8Array): ReadQuery {
  if (message.length < DNS.headerBytes) return undefined;
  const header = message.subarray(0, DNS.headerBytes);
  const flags = u16(message, 2);
  const isResponse = (flags & 0x8000) !== 0;
  // Never answered: two servers could talk to each other for ever.
  if (isResponse) return undefined;
  const bad = (code: number): ReadQuery => ({ t: "bad", header, code });
  if ((flags & 0x7800) !== 0) return bad(DNS.notImplemented);
  const counts = [u16(message, 4), u16(message, 6), u16(message, 8)];
  if (message.length > QUERY_BYTES_MAX || counts.join() !== "1,0,0") return bad(DNS.badFormat);
  const name = readName(message, DNS.headerBytes);
  if (name === undefined || name.end + 4 > message.length) return bad(DNS.badFormat);
  const end = name.end + 4;
  const query = {
    header,
    question: message.subarray(DNS.headerBytes, end),
    labels: name.labels,
    type: u16(message, name.end),
    class: u16(message, name.end + 2),
    isExtended: isOptionsRecord(message, end),
  };
  return { t: "query", query };
}

function readName(message: Uint8Array, start: number): Name | undefined {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = message[at];
    // Above it are pointers and kinds of labels that nobody uses.
    if (length === undefined || length > LABEL_BYTES_MAX) return undefined;
    const next = at + 1 + length;
    if (next - start > NAME_BYTES_MAX || next > message.length) return undefined;
    if (length === 0) return { labels, end: next };
    labels.push(
      fromUtf8(message.subarray(at + 1, next))
        ?.normalize("NFC")
        .toLowerCase() ?? "\ufffd",
    );
    at = next;
  }
}

/** What follows the question is looked at no further than its name and type. */
function isOptionsRecord(message: Uint8Array, at: number): boolean {
  return at + 11 <= message.length && message[at] === 0 && u16(message, at + 1) === DNS.typeOptions;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
