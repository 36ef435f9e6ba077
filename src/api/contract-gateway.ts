/** GET /v1/gateway: what of this machine others may reach, and where its own ports lead. */
export interface GatewayBody {
  readonly rules: readonly RuleBody[];
  readonly served: readonly ServedBody[];
  /** Names that programs listen under now. */
  readonly programs: readonly string[];
  readonly forwards: readonly ForwardBody[];
  readonly proxy: ProxyBody;
  /** Connections that stand or are being made, in both directions. */
  readonly connectionCount: number;
  /** The last refused connections, oldest first. */
  readonly refusals: readonly RefusedBody[];
}

/** POST /v1/access {verdict, who, reach, protocol?, remove?} -> RuleBody */
export interface RuleBody {
  readonly verdict: "allow" | "deny";
  /** Petname of a contact, or name of a group. */
  readonly who: string;
  readonly kind: "person" | "group";
  readonly protocol: "tcp" | "udp" | "any";
  /** "all", a port, or the name of a service. */
  readonly reach: string;
}

/** POST /v1/served {port, name?, to} -> 201; DELETE /v1/served/{port or name} -> 204 */
export interface ServedBody {
  readonly port: number;
  readonly name: string | null;
  /** Contacts and groups that may reach it without a rule. */
  readonly to: readonly string[];
}

/** POST /v1/forwards {port, who, to} -> 201; DELETE /v1/forwards/{port} -> 204 */
export interface ForwardBody {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly who: string;
  /** A port or the name of a service. */
  readonly to: string;
  readonly isOpen: boolean;
  /** Why the port is not open; empty otherwise. */
  readonly trouble: string;
}

/** POST /v1/proxy {port?} -> ProxyBody; DELETE /v1/proxy -> 204 */
export interface ProxyBody {
  /** Null while the proxy is off. */
  readonly port: number | null;
  readonly isOpen: boolean;
  readonly trouble: string;
}

/** A refused connection. */
export interface RefusedBody {
  readonly atMs: number;
  /** "out": a program of this machine was refused; "in": another peer was. */
  readonly direction: "in" | "out";
  readonly words: string;
}

/** POST /v1/speed {to, seconds?} */
export interface SpeedBody {
  readonly peerId: string;
  readonly hops: number;
  /** From there to here, in megabits per second. */
  readonly downMbit: number;
  readonly upMbit: number;
  /** Median round trip before the measurement and during it; null: no answer. */
  readonly idleRoundTripMs: number | null;
  readonly loadedRoundTripMs: number | null;
}
