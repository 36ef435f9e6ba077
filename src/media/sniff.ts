import { fromUtf8, utf8 } from "../base/bytes.ts";

/** Media types told by a file's first bytes: where, which bytes, which type. */
const SIGNATURES: readonly (readonly [at: number, bytes: readonly number[], type: string])[] = [
  [0, [0xff, 0xd8, 0xff], "image/jpeg"],
  [0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "image/png"],
  [0, ascii("GIF87a"), "image/gif"],
  [0, ascii("GIF89a"), "image/gif"],
  [8, ascii("WEBP"), "image/webp"],
  [0, ascii("BM"), "image/bmp"],
  [0, ascii("%PDF-"), "application/pdf"],
  [0, [0x50, 0x4b, 3, 4], "application/zip"],
  [0, [0x50, 0x4b, 5, 6], "application/zip"],
  [257, ascii("ustar"), "application/x-tar"],
  [4, ascii("ftyp"), "video/mp4"],
  [0, [0x1f, 0x8b], "application/gzip"],
  [0, [0x1a, 0x45, 0xdf, 0xa3], "video/webm"],
  [0, ascii("OggS"), "audio/ogg"],
  [0, ascii("ID3"), "audio/mpeg"],
  [0, ascii("fLaC"), "audio/flac"],
];

/** Types by the ending of a name, where bytes alone do not tell. */
const ENDINGS: Readonly<Record<string, string>> = {
  htm: "text/html",
  html: "text/html",
  xhtml: "text/html",
  md: "text/markdown",
  markdown: "text/markdown",
  css: "text/css",
  csv: "text/csv",
  js: "text/javascript",
  mjs: "text/javascript",
  json: "application/json",
  svg: "image/svg+xml",
  xml: "text/xml",
};

/** Types of zip files by the ending of a name. */
const ZIP_ENDINGS: Readonly<Record<string, string>> = {
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  odt: "application/vnd.oasis.opendocument.text",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  odp: "application/vnd.oasis.opendocument.presentation",
  epub: "application/epub+zip",
};

/** Bytes that are looked at to tell text from the rest. */
const TEXT_SAMPLE_BYTES = 4_096;

function ascii(text: string): readonly number[] {
  return [...utf8(text)];
}

/**
 * The media type of a file (RFC 2046), by its first bytes and then by its name;
 * application/octet-stream where neither tells.
 */
export function sniff(bytes: Uint8Array, name: string): string {
  const ending = /\.([a-z0-9]+)$/.exec(name.toLowerCase())?.[1] ?? "";
  const found = SIGNATURES.find(([at, signature]) => {
    return signature.every((byte, index) => bytes[at + index] === byte);
  })?.[2];
  if (found === "application/zip") return ZIP_ENDINGS[ending] ?? found;
  // Two letters are little: a text may begin so too.
  if (found !== undefined && (found !== "image/bmp" || ending === "bmp")) return found;
  if (!isText(bytes)) return "application/octet-stream";
  return ENDINGS[ending] ?? (looksLikeHtml(bytes) ? "text/html" : "text/plain");
}

/** Whether the first bytes are UTF-8 without control characters. */
function isText(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, TEXT_SAMPLE_BYTES);
  if (sample.some((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13)) return false;
  return fromUtf8(utf8Prefix(sample, sample.length)) !== undefined;
}

function looksLikeHtml(bytes: Uint8Array): boolean {
  const head = fromUtf8(utf8Prefix(bytes, 512)) ?? "";
  return /^\s*(<!--.*?-->\s*)*<(!doctype html|html[\s>])/is.test(head);
}

/** At most `sizeMax` bytes from the start that do not end within a character of UTF-8. */
export function utf8Prefix(bytes: Uint8Array, sizeMax: number): Uint8Array {
  let end = Math.min(sizeMax, bytes.length);
  // A character has at most three bytes after its first.
  for (let back = 1; back <= 4 && back <= end; back++) {
    const byte = bytes[end - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (length > back) end -= back;
    break;
  }
  return bytes.subarray(0, end);
}

/** Whether a media type is that of a text. */
export function isTextType(type: string): boolean {
  return type.startsWith("text/") || type === "application/json" || type === "image/svg+xml";
}

/** Whether a media type is that of an office document or a book, in a zip archive. */
export function isOfficeType(type: string): boolean {
  return Object.values(ZIP_ENDINGS).includes(type);
}
