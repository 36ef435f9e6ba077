import { MediaError } from "./errors.ts";
import { inflateZlib } from "./inflate.ts";
import { DOCUMENT_BYTES_MAX } from "./limits.ts";
import { sizeText } from "./text.ts";

/** Characters before a stream in which its dictionary is sought (ISO 32000-1 section 7.3.8). */
const DICTIONARY_LENGTH_MAX = 2_000;
/** Streams that are looked at. */
const STREAMS_MAX = 2_000;
/** Bytes of one inflated object stream. */
const OBJECTS_BYTES_MAX = 1 << 20;

/** What can be told of a PDF without laying it out. */
export interface PdfFacts {
  readonly title: string;
  readonly author: string;
  /** Undefined where it is not to be found. */
  readonly pages: number | undefined;
  /** The first JPEG in it: a cover, a scan or a thumbnail. */
  readonly picture: Uint8Array | undefined;
}

/** Reads title, author, number of pages and the first JPEG of a PDF; what is not found is left out. */
export function pdfFacts(bytes: Uint8Array): PdfFacts {
  const raw = latin1(bytes.subarray(0, DOCUMENT_BYTES_MAX));
  let picture: Uint8Array | undefined;
  const texts = [raw];
  let before = 0;
  for (let streams = 0; streams < STREAMS_MAX; streams++) {
    const stream = raw.indexOf("stream", before);
    const end = stream < 0 ? -1 : raw.indexOf("endstream", stream + 6);
    if (end < 0) break;
    const dictionary = raw.slice(Math.max(before, stream - DICTIONARY_LENGTH_MAX), stream);
    const from = stream + (raw.startsWith("\r\n", stream + 6) ? 8 : 7);
    const data = bytes.subarray(from, end);
    if (/\/DCTDecode\b/.test(dictionary)) picture ??= data;
    // Since PDF 1.5 pages and information may lie in compressed object streams.
    if (/\/ObjStm\b/.test(dictionary) && /\/FlateDecode\b/.test(dictionary)) {
      texts.push(objects(data));
    }
    before = end + 9;
  }
  const all = texts.join("\n");
  const counts = [...all.matchAll(/\/Type\s*\/Pages\b[^>]{0,400}?\/Count\s+(\d{1,6})/g)];
  const reversed = [...all.matchAll(/\/Count\s+(\d{1,6})[^>]{0,400}?\/Type\s*\/Pages\b/g)];
  const pages = [...counts, ...reversed].map(([, count]) => Number(count));
  return {
    title: entry(all, "Title"),
    author: entry(all, "Author"),
    pages: pages.length > 0 ? Math.max(...pages) : undefined,
    picture,
  };
}

/** A text about a PDF for people. */
export function pdfText({ title, author, pages }: PdfFacts, sizeBytes: number): string {
  const lines = [
    title === "" ? "PDF document" : title,
    author,
    pages === undefined ? "" : pages === 1 ? "1 page" : `${pages} pages`,
    sizeText(sizeBytes),
  ];
  return `${lines.filter((line) => line !== "").join("\n")}\n`;
}

function objects(packed: Uint8Array): string {
  try {
    return latin1(inflateZlib(packed, OBJECTS_BYTES_MAX, true));
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return "";
  }
}

/** One character for each byte. */
function latin1(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8_192) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8_192)));
  }
  return parts.join("");
}

/** A text in the information dictionary: literal or hexadecimal, in Latin-1 or UTF-16. */
function entry(text: string, name: string): string {
  const match = new RegExp(
    `/${name}\\s*(\\((?:[^()\\\\]|\\\\.){0,500}\\)|<[0-9a-fA-F\\s]{0,2000}>)`,
  ).exec(text);
  const value = match?.[1] ?? "";
  const bytes = value.startsWith("(")
    ? value.slice(1, -1).replace(/\\([0-7]{3}|.)/gs, (_, what: string) => {
        return what.length === 3 ? String.fromCharCode(Number.parseInt(what, 8)) : what;
      })
    : value.replace(/[<>\s]/g, "").replace(/../g, (pair) => {
        return String.fromCharCode(Number.parseInt(pair, 16));
      });
  if (!bytes.startsWith("\xfe\xff")) return bytes.trim();
  let wide = "";
  for (let at = 2; at + 1 < bytes.length; at += 2) {
    wide += String.fromCharCode(256 * bytes.charCodeAt(at) + bytes.charCodeAt(at + 1));
  }
  return wide.trim();
}
