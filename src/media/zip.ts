import { fromUtf8 } from "../base/bytes.ts";
import { MediaError } from "./errors.ts";
import { inflate } from "./inflate.ts";
import { ARCHIVE_MEMBERS_MAX } from "./limits.ts";

/** A file within an archive. */
export interface ArchiveMember {
  readonly name: string;
  readonly sizeBytes: number;
}

/** A file within a zip archive, and where it lies. */
export interface ZipMember extends ArchiveMember {
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly packedBytes: number;
  /** Of its local header. */
  readonly at: number;
}

const END_SIGNATURE = 0x06054b50;
const MEMBER_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
/** The end record may stand before a comment of this size (APPNOTE.TXT section 4.3.16). */
const END_SEARCH_BYTES = 22 + 65_535;

/**
 * The directory of a zip archive (PKWARE APPNOTE.TXT section 4.3.12), at most ARCHIVE_MEMBERS_MAX.
 * @throws MediaError where there is none
 */
export function zipMembers(bytes: Uint8Array): readonly ZipMember[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const least = Math.max(0, bytes.length - END_SEARCH_BYTES);
  let end = bytes.length - 22;
  while (end >= least && view.getUint32(end, true) !== END_SIGNATURE) end--;
  if (end < least) throw new MediaError("truncated", "The archive has no directory.");
  const members: ZipMember[] = [];
  let at = view.getUint32(end + 16, true);
  while (at + 46 <= bytes.length && view.getUint32(at, true) === MEMBER_SIGNATURE) {
    if (members.length === ARCHIVE_MEMBERS_MAX) break;
    const nameBytes = view.getUint16(at + 28, true);
    const name = bytes.subarray(at + 46, at + 46 + nameBytes);
    members.push({
      name: fromUtf8(name) ?? String.fromCharCode(...name),
      method: view.getUint16(at + 10, true),
      packedBytes: view.getUint32(at + 20, true),
      sizeBytes: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return members;
}

/**
 * A member's bytes, at most `sizeMax` from its start.
 * @throws MediaError where it is damaged or coded in an unknown way
 */
export function zipContent(bytes: Uint8Array, member: ZipMember, sizeMax: number): Uint8Array {
  const { at, method, packedBytes } = member;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL_SIGNATURE) {
    throw new MediaError("malformed", "The archive's directory points nowhere.");
  }
  const from = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const packed = bytes.subarray(from, from + packedBytes);
  if (method === 0) return packed.subarray(0, sizeMax);
  if (method === 8) return inflate(packed, sizeMax, true);
  throw new MediaError("unsupported", "A member of the archive is coded in an unknown way.");
}

/** Bytes of a tar header and of the units that files are padded to (POSIX.1-2017 ustar). */
const TAR_BLOCK_BYTES = 512;

/** The members of a tar archive, at most ARCHIVE_MEMBERS_MAX; a damaged one ends the list. */
export function tarMembers(bytes: Uint8Array): readonly ArchiveMember[] {
  const members: ArchiveMember[] = [];
  for (let at = 0; at + TAR_BLOCK_BYTES <= bytes.length; ) {
    const name = tarText(bytes, at, 100);
    const sizeBytes = Number.parseInt(tarText(bytes, at + 124, 12), 8);
    if (name === "" || !(sizeBytes >= 0) || members.length === ARCHIVE_MEMBERS_MAX) break;
    const prefix = tarText(bytes, at + 345, 155);
    members.push({ name: prefix === "" ? name : `${prefix}/${name}`, sizeBytes });
    at += TAR_BLOCK_BYTES * (1 + Math.ceil(sizeBytes / TAR_BLOCK_BYTES));
  }
  return members;
}

function tarText(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return (fromUtf8(end < 0 ? field : field.subarray(0, end)) ?? "").trim();
}
