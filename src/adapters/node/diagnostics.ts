/** What a `Diagnostic` can mean. */
export type DiagnosticCode =
  | "udp"
  | "udp-missing"
  | "udp-fast"
  | "udp-slow"
  | "udp-counts"
  | "multicast"
  | "multicast-not"
  | "heard"
  | "heard-not-yet"
  | "heard-not"
  | "tcp"
  | "tcp-none"
  | "tcp-counts"
  | "tun"
  | "resolver"
  | "resolver-not";

/** A code and what it is about, as `FindingBody` of the API has them. */
export interface DiagnosticTold {
  readonly code: DiagnosticCode;
  readonly facts: Readonly<Record<string, string | number>>;
}

/** One thing that was looked at on this machine, for `peernet doctor`. */
export interface Diagnostic {
  /** What `detail` means, for programs that say it in other words; without it only the words tell. */
  readonly told?: DiagnosticTold;

  /** A fixed name such as "multicast-ipv4". */
  readonly id: string;
  readonly ok: boolean;
  /** A sentence for people: what is so, and what to do where it is not as it should be. */
  readonly detail: string;
}

/** Whether this machine has a family of addresses. @param port 0: it has not, for the reason `why` */
export function familyFound(family: 4 | 6, port: number, why: string): Omit<Diagnostic, "id"> {
  const facts = { family, port, why };
  if (port > 0) {
    const detail = `IPv${family} is there; our UDP port is ${port}.`;
    return { ok: true, detail, told: { code: "udp", facts } };
  }
  const detail = `IPv${family} is missing on this machine (${why}); the other family is used.`;
  return { ok: false, detail, told: { code: "udp-missing", facts } };
}

/** Whether multicast works here, as far as our own beacons that came back or did not can tell. */
export function loopFound(sent: number, heardBack: number, port: number): Diagnostic {
  const id = "multicast-heard";
  if (heardBack > 0) {
    const detail = "Our own beacons come back: multicast works on this machine.";
    return { id, ok: true, detail, told: { code: "heard", facts: {} } };
  }
  if (sent === 0) {
    const told: DiagnosticTold = { code: "heard-not-yet", facts: { port } };
    return { id, ok: false, detail: "No beacon has gone out yet.", told };
  }
  const detail =
    `Our own beacons do not come back: a firewall probably blocks multicast. Allow UDP port ${port}, ` +
    "or link peers by address.";
  return { id, ok: false, detail, told: { code: "heard-not", facts: { port } } };
}
