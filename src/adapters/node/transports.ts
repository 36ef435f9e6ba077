import type { Peer } from "../../peer/index.ts";
import type { Transport, TransportEvents } from "../../ports/index.ts";
import type { Driver } from "./driver.ts";
import type { LinkMarks } from "./full-tunnel/marks.ts";
import type { PeerResources } from "./resources.ts";
import { createTcpTransport, type TcpTransport } from "./tcp.ts";
import { createUdpTransport, type UdpTransport } from "./udp.ts";

/** What the transports are told. */
export interface TransportChoices {
  readonly listen: readonly string[];
  readonly discovery: boolean | undefined;
  readonly udpPort: number | undefined;
  readonly onWarning: (sentence: string) => void;
  /** Marks the sockets of links, so that a full tunnel leaves them alone. */
  readonly marks?: LinkMarks | undefined;
}

/** Lets transports be opened before the peer that they talk to. */
export class Wiring {
  #peer: Peer | undefined;
  #driver: Pick<Driver, "poke" | "packetCame" | "turnBegins" | "turn"> | undefined;
  readonly #live: TransportEvents[] = [];

  /** Events for the transport with this number. */
  eventsOf(number: number): TransportEvents {
    const live = (): TransportEvents | undefined => this.#live[number];
    const after = (action: () => void): void => {
      action();
      this.#driver?.poke();
    };
    return {
      onFrame: (endpoint, frame) => {
        live()?.onFrame(endpoint, frame);
        this.#driver?.packetCame();
      },
      onRun: (endpoint, run) => {
        live()?.onRun?.(endpoint, run);
        this.#driver?.packetCame();
      },
      onOpened: (endpoint) => after(() => live()?.onOpened(endpoint)),
      onClosed: (endpoint, reason) => after(() => live()?.onClosed(endpoint, reason)),
      onUnreachable: (endpoint) => after(() => live()?.onUnreachable(endpoint)),
    };
  }

  connect(peer: Peer, transports: readonly Transport[], driver: Driver): void {
    this.#peer = peer;
    this.#driver = driver;
    for (const transport of transports) this.#live.push(peer.transportEvents(() => transport));
  }

  networkChanged(): void {
    this.#peer?.networkChanged();
    this.#driver?.poke();
  }

  /** What is told of turns in which many packets may come. */
  readonly turns = {
    onBegin: (): void => this.#driver?.turnBegins(),
    onEnd: (): void => this.#driver?.turn(),
  };
}

/**
 * Opens UDP and TCP. What the choices leave open is taken from the settings of the home.
 * @throws AdapterError("port-in-use" | "no-permission" | "bad-endpoint")
 */
export async function openTransports(
  options: TransportChoices,
  resources: PeerResources,
  wiring: Wiring,
): Promise<{ readonly udp: UdpTransport; readonly tcp: TcpTransport }> {
  const { config } = resources.home;
  const listen = [...(config.listen ?? []), ...options.listen];
  const udp = await createUdpTransport({
    events: wiring.eventsOf(0),
    port: options.udpPort ?? config.udpPort ?? 0,
    discovery: options.discovery ?? config.discovery ?? true,
    onWarning: options.onWarning,
    onInterfaceChange: () => wiring.networkChanged(),
    marks: options.marks,
    turns: wiring.turns,
  });
  resources.udp = udp;
  const tcp = await createTcpTransport({
    events: wiring.eventsOf(1),
    listen: listen.length > 0 ? listen : ["tcp://[::]:0"],
    onWarning: options.onWarning,
    marks: options.marks,
  });
  resources.tcp = tcp;
  return { udp, tcp };
}
