import { DavError } from "./errors.ts";

/** Bytes `from` … `to`-1. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The one range that a Range header asks for; undefined where all is to be sent: no header, several
 * ranges, or something else than bytes, as RFC 9110 section 14.2 allows.
 * @throws DavError("bad-range")
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first = "", last = ""] =
    /^bytes=[ \t]*(\d{0,16})-(\d{0,16})[ \t]*$/i.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), sizeBytes);
    if (length === 0) throw outside(sizeBytes);
    return { from: sizeBytes - length, to: sizeBytes };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return undefined;
  if (from >= sizeBytes) throw outside(sizeBytes);
  return { from, to: last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

function outside(sizeBytes: number): DavError {
  return new DavError("bad-range", `The file has ${sizeBytes} bytes.`);
}
