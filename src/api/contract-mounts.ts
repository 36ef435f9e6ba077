/** POST /v1/mounts {folder, port?} -> MountBody; DELETE /v1/mounts/{folder} -> 204 */
export interface MountBody {
  readonly folderId: string;
  readonly name: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Address with the token: whoever knows it on this machine reads and writes. */
  readonly url: string;
  /** Address without it, for programs that give the token as password. */
  readonly passwordUrl: string;
  readonly token: string;
  readonly isOpen: boolean;
  /** Why it is not open; empty otherwise. */
  readonly trouble: string;
}

/** GET /v1/mounts */
export interface MountsBody {
  readonly mounts: readonly MountBody[];
}
