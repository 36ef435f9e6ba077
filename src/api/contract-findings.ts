/** What `FindingBody` can mean. */
export type FindingCode =
  | "running-not"
  /** `count`, `silent`. */
  | "neighbours"
  | "nobody"
  /** Nobody was found, and this machine cannot look around. */
  | "nobody-blind"
  | "revoked"
  /** `atMs`. */
  | "clock"
  /** `year`. */
  | "clock-wrong"
  /** `version`. */
  | "node"
  | "node-old"
  /** `home`. */
  | "home"
  | "home-missing"
  | "home-closed"
  /** `gigabytes`, `size` as people read it. */
  | "space"
  | "space-low"
  /** `home`, `why`. */
  | "space-unknown"
  /** `family` (4, 6), `port`. */
  | "udp"
  /** `family`, `why`. */
  | "udp-missing"
  | "udp-fast"
  | "udp-slow"
  /** `failed`, `dropped`: frames. */
  | "udp-counts"
  /** `family`, `names` of interfaces. */
  | "multicast"
  /** `family`, `why` or "". */
  | "multicast-not"
  | "heard"
  | "heard-not-yet"
  /** `port`. */
  | "heard-not"
  /** `where`. */
  | "tcp"
  | "tcp-none"
  /** `count`, `refused`, `dropped`. */
  | "tcp-counts"
  /** `name`. */
  | "tun"
  /** `host`, `port`. */
  | "resolver"
  /** `host`, `port`, `why`. */
  | "resolver-not";
