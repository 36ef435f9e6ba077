import {
  type ComponentLogger,
  type Connection,
  type DialTransportOptions,
  serviceCapabilities,
  type Transport,
  transportSymbol,
} from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { formatAddress, parseAddress } from "../../identity/index.ts";
import type { NodePeer } from "../node/embed/index.ts";
import { AdapterError } from "../node/errors.ts";
import { readMultiaddr } from "./address.ts";
import { PeernetConnection } from "./connection.ts";
import { PeernetListener } from "./listener.ts";

/** What the transport is told. */
export interface PeernetOptions {
  /** The embedded peer that carries it; whoever started it stops it, after libp2p. */
  readonly peer: Pick<NodePeer, "address" | "connect" | "listen">;
  /** Contacts and groups that may connect; besides, whom rules of this peer allow. Else nobody. */
  readonly to?: readonly string[];
}

/** What libp2p gives to a transport. */
export interface PeernetComponents {
  readonly logger: ComponentLogger;
}

/**
 * A libp2p transport over Peernet: `createLibp2p({ transports: [peernet({ peer })] })`. Its
 * multiaddrs are `/ip6/<address of a peer>/tcp/<port>`.
 */
export function peernet(options: PeernetOptions): (components: PeernetComponents) => Transport {
  return (components) => new PeernetTransport(options, components);
}

class PeernetTransport implements Transport {
  readonly [transportSymbol] = true as const;
  readonly [Symbol.toStringTag] = "peernet";
  readonly [serviceCapabilities]: readonly string[] = ["@libp2p/transport"];
  readonly #options: PeernetOptions;
  readonly #logger: ComponentLogger;

  constructor(options: PeernetOptions, { logger }: PeernetComponents) {
    this.#options = options;
    this.#logger = logger;
  }

  async dial(remoteAddr: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const place = readMultiaddr(remoteAddr);
    if (place === undefined || place.port === 0) {
      const words = `'${remoteAddr}' names no port of a Peernet peer, such as /ip6/fd12:…/tcp/4001.`;
      throw new AdapterError("bad-endpoint", words);
    }
    const { signal, upgrader } = options;
    const { peer } = this.#options;
    const stream = await peer.connect(formatAddress(place.peerId), place.port, { signal });
    const log = this.#logger.forComponent("peernet:libp2p:outbound");
    const connection = new PeernetConnection({ stream, remoteAddr, direction: "outbound", log });
    try {
      return await upgrader.upgradeOutbound(connection, options);
    } catch (error) {
      const words = "libp2p did not take the connection.";
      connection.abort(error instanceof Error ? error : new AdapterError("refused", words));
      throw error;
    }
  }

  createListener({ upgrader }: Parameters<Transport["createListener"]>[0]): PeernetListener {
    const { peer, to = [] } = this.#options;
    return new PeernetListener({ peer, to, upgrader, logger: this.#logger });
  }

  /** Ports of this peer. */
  listenFilter(addresses: Multiaddr[]): Multiaddr[] {
    const own = parseAddress(this.#options.peer.address);
    return addresses.filter((address) => readMultiaddr(address)?.peerId === own);
  }

  /** Ports of any peer. */
  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter((address) => (readMultiaddr(address)?.port ?? 0) !== 0);
  }
}
