import { utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerRecord } from "../identity/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import { SessionError } from "./errors.ts";
import { SERVICE_BYTES_MAX, SERVICES_MAX } from "./limits.ts";
import type { DatagramHandler, StreamAcceptor } from "./types.ts";

/** What this peer offers to others, by name. */
export class Services {
  readonly #suite: CryptoSuite;
  readonly #acceptors: Map<string, StreamAcceptor> = new Map();
  readonly #handlers: Map<number, DatagramHandler> = new Map();
  readonly #ids: Map<string, number> = new Map();

  constructor(suite: CryptoSuite) {
    this.#suite = suite;
  }

  /** @throws SessionError("bad-service") where the name does not fit or is taken */
  serve(service: string, acceptor: StreamAcceptor): void {
    checkService(service);
    this.#refuseIf(this.#acceptors.has(service) || this.#acceptors.size >= SERVICES_MAX, service);
    this.#acceptors.set(service, acceptor);
  }

  /** @throws SessionError("bad-service") where the name does not fit, or it or its id is taken */
  serveDatagrams(service: string, handler: DatagramHandler): void {
    const id = this.idOf(service);
    this.#refuseIf(this.#handlers.has(id) || this.#handlers.size >= SERVICES_MAX, service);
    this.#handlers.set(id, handler);
  }

  acceptorOf(service: string): StreamAcceptor | undefined {
    return this.#acceptors.get(service);
  }

  handlerOf(serviceId: number): DatagramHandler | undefined {
    return this.#handlers.get(serviceId);
  }

  /**
   * The short id of a datagram service: the first four bytes of a labelled hash of its name.
   * @throws SessionError("bad-service") where the name does not fit
   */
  idOf(service: string): number {
    const known = this.#ids.get(service);
    if (known !== undefined) return known;
    checkService(service);
    const [a = 0, b = 0, c = 0, d = 0] = this.#suite.sha256(utf8(`peernet service ${service}`));
    const id = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    if (this.#ids.size < SERVICES_MAX) this.#ids.set(service, id);
    return id;
  }

  #refuseIf(taken: boolean, service: string): void {
    if (taken) {
      throw new SessionError("bad-service", `The service '${service}' is already registered.`);
    }
  }
}

/** The newest record of a peer: routing's, or the one of the handshake. */
export function freshestRecord(routing: RoutingPort, record: PeerRecord): PeerRecord {
  const routed = routing.record(record.id);
  return routed !== undefined && routed.seqno > record.seqno ? routed : record;
}

/** @throws SessionError("bad-service") for a name that does not fit its field */
export function checkService(service: string): void {
  const bytes = utf8(service).length;
  if (bytes === 0 || bytes > SERVICE_BYTES_MAX) {
    throw new SessionError(
      "bad-service",
      `A service name has 1 to ${SERVICE_BYTES_MAX} bytes; '${service.slice(0, 80)}' has ${bytes}.`,
    );
  }
}
