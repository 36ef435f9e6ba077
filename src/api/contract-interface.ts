/** The virtual IPv6 interface by which other programs reach peers. */
export interface VirtualInterfaceBody {
  readonly name: string;
  readonly address: string;
  /** Its addresses in the networks of groups. */
  readonly groupAddresses: readonly string[];
  /** False once another program has removed it. */
  readonly isUp: boolean;
  readonly mtuBytes: number;
  /** Connections and exchanges that its firewall remembers. */
  readonly flows: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Whether every program of this machine knows the names of contacts. */
  readonly names: SystemNamesBody;
  /** Super-packets cut into segments, and packets cut into pieces. */
  readonly segmented: number;
  readonly pieced: number;
  readonly icmpErrors: number;
  /** Packets dropped on the way to peers and from them, by reason. */
  readonly droppedOut: Readonly<Record<string, number>>;
  readonly droppedIn: Readonly<Record<string, number>>;
}

/** Names such as anna.peer.alt, as far as all programs of this machine know them. */
export interface SystemNamesBody {
  /** What the system was told by: not at all by wish, not yet or not possible, or by what. */
  readonly hook: "off" | "none" | "resolved" | "hosts";
  /** As it was when it was last tried; `peernet doctor` tries it again. */
  readonly works: boolean;
  /** What is so, and what to do where it does not work. */
  readonly words: string;
}
