/** A folder of this peer. */
export interface FolderBody {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly mayWrite: boolean;
  readonly files: number;
  /** Bytes of all files as they are now. */
  readonly sizeBytes: number;
  /** Paths at which versions were written at the same time. */
  readonly conflicts: number;
  /** Devices that have written to it. */
  readonly writers: number;
  /** Peers with whom it is compared at the moment. */
  readonly partners: readonly string[];
  /** Entries that partners have and this peer has not yet. */
  readonly missing: number;
}

/** GET /v1/folders */
export interface FoldersBody {
  readonly folders: readonly FolderBody[];
}

/** GET /v1/folders/{folder}/links: whoever has one may do what it says, for good. */
export interface FolderLinksBody {
  /** Null where this peer may only read. */
  readonly write: string | null;
  readonly read: string;
}

/** A file or folder as a listing shows it. */
export interface FolderEntryBody {
  readonly name: string;
  readonly kind: "file" | "folder";
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly etag: string;
  readonly mediaType?: string;
  /** True for every version of a file that others have changed at the same time. */
  readonly conflict?: boolean;
}

/** GET /v1/folders/{folder}/entries?path= */
export interface FolderEntriesBody {
  readonly entries: readonly FolderEntryBody[];
}

/** POST /v1/folders/{folder}/batch: what was not taken, and why; everything else is safe. */
export interface FolderBatchBody {
  readonly refused: readonly {
    readonly path: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** One version of a file. */
export interface FileVersionBody {
  /** What POST /v1/folders/{folder}/restore takes. */
  readonly version: string;
  readonly writer: string;
  readonly writtenAtMs: number;
  readonly modifiedAtMs: number;
  readonly sizeBytes: number;
  readonly isCurrent: boolean;
}

/** GET /v1/folders/{folder}/history?path=: newest first, those of now included. */
export interface FileHistoryBody {
  readonly versions: readonly FileVersionBody[];
}

/** GET /v1/folders/{folder}/conflicts */
export interface FolderConflictsBody {
  readonly conflicts: readonly {
    readonly path: string;
    readonly versions: readonly FileVersionBody[];
  }[];
}
