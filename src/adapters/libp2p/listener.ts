import type { Duplex } from "node:stream";
import {
  type ComponentLogger,
  type Listener,
  type ListenerEvents,
  TypedEventEmitter,
  type Upgrader,
} from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { GatewayError } from "../../gateway/index.ts";
import type { Caller, NodePeer } from "../node/embed/index.ts";
import { AdapterError } from "../node/errors.ts";
import { readMultiaddr, writeMultiaddr } from "./address.ts";
import { PeernetConnection } from "./connection.ts";
import { ANY_PORT_ATTEMPTS_MAX, ANY_PORT_FIRST } from "./limits.ts";

/** What a listener needs. */
export interface ListenerParts {
  readonly peer: Pick<NodePeer, "listen">;
  /** Contacts and groups that may connect; besides, whom rules allow. */
  readonly to: readonly string[];
  readonly upgrader: Upgrader;
  readonly logger: ComponentLogger;
}

/** One port of the embedded peer that takes connections for libp2p. */
export class PeernetListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #parts: ListenerParts;
  readonly #shutdown = new AbortController();
  readonly #connections = new Set<PeernetConnection>();
  #address: Multiaddr | undefined;
  #stopListening: (() => void) | undefined;

  constructor(parts: ListenerParts) {
    super();
    this.#parts = parts;
  }

  /**
   * Takes connections at a port of this peer; port 0 takes any that is free.
   * @throws AdapterError("bad-endpoint") where it listens already or cannot listen there;
   *   TypedError where the port is taken or a name in `to` is nobody's
   */
  async listen(wanted: Multiaddr): Promise<void> {
    const place = readMultiaddr(wanted);
    if (place === undefined || this.#stopListening !== undefined) {
      const words = "One listener takes one address, such as /ip6/fd12:…/tcp/4001.";
      throw new AdapterError("bad-endpoint", words);
    }
    const port = place.port === 0 ? this.#listenAnywhere() : place.port;
    if (place.port !== 0) this.#listenAt(port);
    this.#address = multiaddr(writeMultiaddr({ ...place, port }));
    this.safeDispatchEvent("listening");
  }

  /** Where it listens. */
  getAddrs(): Multiaddr[] {
    return this.#address === undefined ? [] : [this.#address];
  }

  /** Nothing of a Peernet address is known only later. */
  updateAnnounceAddrs(): void {}

  /** Takes no more connections and breaks off those that it took. */
  async close(): Promise<void> {
    if (this.#stopListening === undefined) return;
    this.#stopListening();
    this.#stopListening = undefined;
    this.#address = undefined;
    this.#shutdown.abort();
    const closed = new AdapterError("io", "The listener was closed.");
    for (const connection of this.#connections) connection.abort(closed);
    // Not within this call: libp2p 3 loses the next of its listeners when it hears of it meanwhile.
    await Promise.resolve();
    this.safeDispatchEvent("close");
  }

  #listenAnywhere(): number {
    for (let attempt = 0; ; attempt++) {
      try {
        this.#listenAt(ANY_PORT_FIRST + attempt);
        return ANY_PORT_FIRST + attempt;
      } catch (error) {
        const isTaken = error instanceof GatewayError && error.code === "already-served";
        if (!isTaken || attempt + 1 >= ANY_PORT_ATTEMPTS_MAX) throw error;
      }
    }
  }

  #listenAt(port: number): void {
    const { peer, to } = this.#parts;
    this.#stopListening = peer.listen(port, (stream, from) => this.#take(stream, from), to);
  }

  #take(stream: Duplex, { peerId }: Caller): void {
    const { logger, upgrader } = this.#parts;
    const connection = new PeernetConnection({
      stream,
      remoteAddr: multiaddr(writeMultiaddr({ peerId, port: 0 })),
      direction: "inbound",
      log: logger.forComponent("peernet:libp2p:inbound"),
    });
    this.#connections.add(connection);
    connection.addEventListener("close", () => this.#connections.delete(connection));
    upgrader.upgradeInbound(connection, { signal: this.#shutdown.signal }).catch((cause) => {
      connection.abort(
        new AdapterError("refused", "libp2p did not take the connection.", { cause }),
      );
    });
  }
}
