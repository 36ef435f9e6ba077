/** A browser with a token of its own. */
export interface LanBrowserBody {
  readonly id: string;
  /** What it called itself. */
  readonly name: string;
  /** Runs on this machine, as an installed app; all others were paired over the local network. */
  readonly isHere: boolean;
  readonly addedAtMs: number;
  readonly seenAtMs: number;
  readonly isConnected: boolean;
}

/** GET /v1/lan; PUT /v1/lan {isOpen, port?} -> LanBody */
export interface LanBody {
  readonly isOpen: boolean;
  /** 0 where it was never open. */
  readonly port: number;
  /** Addresses of this machine on local networks, best first. */
  readonly addresses: readonly string[];
  /** SHA-256 of the certificate as browsers show it; empty where there is none yet. */
  readonly fingerprint: string;
  readonly certificateEndsAtMs: number;
  readonly browsers: readonly LanBrowserBody[];
  /** Why it is not open though it should be; empty otherwise. */
  readonly trouble: string;
}

/** POST /v1/lan/links -> 201 */
export interface LanLinksBody {
  /** One for each address of this machine, best first; whoever opens one may pair a browser. */
  readonly links: readonly string[];
  readonly expiresAtMs: number;
  readonly fingerprint: string;
}

/**
 * POST /v1/lan/pair {code, name} -> 201: with a code instead of a token.
 * POST /v1/lan/here {name} -> 201: for a browser on this machine.
 */
export interface LanPairedBody {
  readonly token: string;
  /** What this browser is called from now on. */
  readonly name: string;
}
