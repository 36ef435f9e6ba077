/** Names one operation, and the version that it made: log, entry, place within the entry. */
export interface VersionId {
  /** Id of the log, 32 hexadecimal digits. */
  readonly log: string;
  readonly seq: number;
  readonly index: number;
}

/** A stretch of bytes that a file is made of. */
export type Part =
  /** Bytes that stand in an entry: those of the operation that `at` names. */
  | { readonly kind: "inline"; readonly at: VersionId; readonly lengthBytes: number }
  /** Part of an object: read key and root, 64 bytes. */
  | {
      readonly kind: "object";
      readonly link: Uint8Array;
      readonly offset: number;
      readonly lengthBytes: number;
    }
  /** Part of a bundle that the writer of a log has closed or will close. */
  | {
      readonly kind: "bundle";
      readonly log: string;
      readonly bundle: number;
      readonly offset: number;
      readonly lengthBytes: number;
    };

/** What a file is, wherever its path. */
export interface FileContent {
  readonly modifiedAtMs: number;
  /** Empty where nobody told. */
  readonly mediaType: string;
  readonly parts: readonly Part[];
}

/** What one operation put at a path. */
export interface Version {
  readonly id: VersionId;
  /** Greater than that of everything its author had seen (Lamport 1978). */
  readonly lamport: number;
  /** Wall time of its author, milliseconds since 1970. */
  readonly writtenAtMs: number;
  /** Undefined for a folder. */
  readonly file: FileContent | undefined;
}

/** Whether both name the same operation. */
export function isSameId(a: VersionId, b: VersionId): boolean {
  return a.seq === b.seq && a.index === b.index && a.log === b.log;
}

/** Order of versions, the newest first; the same everywhere. */
export function newestFirst(a: Version, b: Version): number {
  if (a.lamport !== b.lamport) return b.lamport - a.lamport;
  if (a.id.log !== b.id.log) return a.id.log < b.id.log ? 1 : -1;
  return b.id.seq - a.id.seq || b.id.index - a.id.index;
}

/** Bytes of a file. */
export function sizeOf(file: FileContent): number {
  let size = 0;
  for (const part of file.parts) size += part.lengthBytes;
  return size;
}

/** A version's name for people and programs: log, entry and place, joined by dashes. */
export function versionName({ log, seq, index }: VersionId): string {
  return `${log}-${seq}-${index}`;
}

/** The id behind such a name; undefined where it is none. */
export function parseVersionName(text: string): VersionId | undefined {
  const [, log, seq, index] = /^([0-9a-f]{32})-(\d{1,9})-(\d{1,3})$/.exec(text) ?? [];
  if (log === undefined) return undefined;
  return { log, seq: Number(seq), index: Number(index) };
}
