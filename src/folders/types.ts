import type { PeerId } from "../identity/index.ts";

/** A folder of this peer. */
export interface FolderInfo {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly mayWrite: boolean;
  readonly files: number;
  /** Bytes of all files as they are now. */
  readonly sizeBytes: number;
  /** Paths at which more than one version is to be seen. */
  readonly conflicts: number;
  /** Devices that have written to it. */
  readonly writers: number;
  /** Peers with whom it is compared at the moment. */
  readonly partners: readonly PeerId[];
  /** Entries of others that are known of and not here yet. */
  readonly missing: number;
}

/** One version of a file, for people and programs. */
export interface VersionInfo {
  /** What `restore` takes. */
  readonly version: string;
  /** Who wrote it. */
  readonly writer: string;
  readonly writtenAtMs: number;
  readonly modifiedAtMs: number;
  readonly sizeBytes: number;
  /** Whether it is to be seen now; one of several where others were written at the same time. */
  readonly isCurrent: boolean;
}

/** A path at which versions were written at the same time. */
export interface ConflictInfo {
  readonly path: string;
  /** Newest first; the first one is shown under the path itself, unless a folder has it. */
  readonly versions: readonly VersionInfo[];
}

/** Both links of a folder; the one for writing only where this peer has it. */
export interface FolderLinks {
  readonly write: string | undefined;
  readonly read: string;
}
