/** GET /v1/gateway: what of this machine others may reach, and where its own ports lead. */
export interface GatewayBody {
  readonly rules: readonly RuleBody[];
  readonly served: readonly ServedBody[];
  /** Names that programs listen under now. */
  readonly programs: readonly string[];
  readonly forwards: readonly ForwardBody[];
  readonly proxy: ProxyBody;
  readonly uplink: UplinkBody;
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

/** Whose uplink is used, and who uses this machine's. */
export interface UplinkBody {
  readonly shares: readonly ShareBody[];
  /** Whose uplink programs here use; null: nobody's. */
  readonly use: string | null;
  readonly meters: readonly MeterBody[];
  readonly fullTunnel: FullTunnelBody;
  /** Whether this machine's line costs by the byte. */
  readonly metered: boolean;
}

/** Whether all of this machine's internet goes by the uplink in use, and who does that here. */
export interface FullTunnelBody {
  /** "blocked": it should, and nothing goes out at all for now. */
  readonly state: "off" | "up" | "blocked";
  /** Why it is blocked; empty otherwise. */
  readonly words: string;
  /** Users whose packets leave here now; null: no full tunnel is shared. */
  readonly users: number | null;
}

/** POST /v1/uplink/share {to, quotaBytes?, rateBits?, alsoTo?, fullTunnel?, meteredOk?} -> 201 */
export interface ShareBody {
  readonly to: string;
  readonly kind: "person" | "group";
  /** Bytes per day (UTC), of everybody it is for together; null: no limit. */
  readonly quotaBytes: number | null;
  /** Bits per second; null: no limit. */
  readonly rateBits: number | null;
  /** Ranges of local addresses that may be reached as well. */
  readonly alsoTo: readonly string[];
  readonly usedTodayBytes: number;
  /** Whether it carries packets of full tunnels too. */
  readonly fullTunnel: boolean;
  /** Whether it goes on while this machine's line costs by the byte. */
  readonly meteredOk: boolean;
}

/** What has passed between an exit and a user, as counted here and as both have signed. */
export interface MeterBody {
  /** What this peer is. */
  readonly role: "exit" | "user";
  readonly peerId: string;
  readonly who: string | null;
  /** From the user to the exit, and back. */
  readonly upBytes: number;
  readonly downBytes: number;
  readonly todayBytes: number;
  /** The last reading that both have signed. */
  readonly agreed: {
    readonly seq: number;
    readonly upBytes: number;
    readonly downBytes: number;
  } | null;
  /** Whether the other side counts otherwise. */
  readonly disputed: boolean;
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
