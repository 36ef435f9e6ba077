import { concatBytes, NO_BYTES, utf8 } from "../../base/bytes.ts";
import { DNS, type Query, type ReadQuery } from "./query.ts";

/** An empty list of options: we understand extended DNS and want nothing of it (RFC 6891). */
const OPTIONS = Uint8Array.of(0, 0, DNS.typeOptions, 0x04, 0xd0, 0, 0, 0, 0, 0, 0);
/** Nothing is to be remembered: a contact may get another name or another nearest device. */
const LIFE = [0, 0, 0, 0] as const;

/** The answer to a query: a code, and one record of the type that was asked for, or of `type`. */
export function writeAnswer(
  query: Query,
  code: number,
  data: Uint8Array | undefined,
  type: number = query.type,
): Uint8Array {
  const counts = [0, 1, 0, data === undefined ? 0 : 1, 0, 0, 0, query.isExtended ? 1 : 0];
  const record =
    data === undefined
      ? NO_BYTES
      : concatBytes(
          // Its name is that of the question, at byte 12.
          ...[Uint8Array.of(0xc0, DNS.headerBytes, 0, type, 0, DNS.classInternet, ...LIFE)],
          ...[Uint8Array.of(data.length >> 8, data.length & 0xff), data],
        );
  return concatBytes(
    head(query.header, code),
    Uint8Array.from(counts),
    query.question,
    record,
    query.isExtended ? OPTIONS : NO_BYTES,
  );
}

/** The data of a text record (RFC 1035 section 3.3.14): texts of up to 255 bytes each. */
export function writeTexts(texts: readonly string[]): Uint8Array {
  return concatBytes(
    ...texts.map((text) => {
      const bytes = utf8(text).subarray(0, 255);
      return concatBytes(Uint8Array.of(bytes.length), bytes);
    }),
  );
}

/** The data of a service record (RFC 2782): one place, so without priority and weight. */
export function writeService(port: number, host: readonly string[]): Uint8Array {
  return concatBytes(Uint8Array.of(0, 0, 0, 0, port >> 8, port & 0xff), writeName(host));
}

/** Turns away what is no query that we understand. */
export function writeRefusal({
  header,
  code,
}: Extract<ReadQuery, { readonly t: "bad" }>): Uint8Array {
  return concatBytes(head(header, code), new Uint8Array(8));
}

/** A name as it travels; labels must fit. */
export function writeName(labels: readonly string[]): Uint8Array {
  const parts = labels.map((label) => {
    const bytes = utf8(label);
    return concatBytes(Uint8Array.of(bytes.length), bytes);
  });
  return concatBytes(...parts, Uint8Array.of(0));
}

/** Id and flags: a response with authority, its kind of query and wish for recursion repeated. */
function head(header: Uint8Array, code: number): Uint8Array {
  const kind = (header[2] ?? 0) & 0x79;
  return Uint8Array.of(header[0] ?? 0, header[1] ?? 0, 0x84 | kind, code);
}
