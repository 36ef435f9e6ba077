import { connect, type Server, type Socket } from "node:net";
import type { Endpoint, Transport, TransportEvents } from "../../ports/index.ts";
import {
  diallable,
  formatEndpoint,
  type HostPort,
  type InterfaceSource,
  localInterfaces,
  reachableAddresses,
  sortEndpoints,
} from "./addresses.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { errorText } from "./errors.ts";
import type { LinkMarks } from "./full-tunnel/marks.ts";
import {
  TCP_ACCEPTED_PER_ADDRESS_MAX,
  TCP_CONNECTIONS_MAX,
  TCP_FRAME_BYTES_MAX,
} from "./limits.ts";
import { TCP_TIMEOUTS, TcpConnection, type TcpTimeouts } from "./tcp-connection.ts";
import { openListeners } from "./tcp-listen.ts";

/** What a TCP transport is made of. */
export interface TcpOptions {
  readonly events: TransportEvents;
  /** Where to listen, such as "tcp://0.0.0.0:0" (any free port) or "tcp://[::]:4711"; may be empty. */
  readonly listen: readonly Endpoint[];
  /** A sentence for people about something that will not work. */
  readonly onWarning: (sentence: string) => void;
  /** Shorter waits, for tests. */
  readonly timeouts?: Partial<TcpTimeouts>;
  /** Injected in tests. */
  readonly interfaces?: InterfaceSource;
  /** Marks the sockets of links; undefined: they are like all others. */
  readonly marks?: LinkMarks | undefined;
}

/** A `Transport` over TCP that must be closed and can tell how it is. */
export interface TcpTransport extends Transport {
  /** Where it listens, with the real port numbers. */
  readonly listening: readonly Endpoint[];
  diagnostics(): readonly Diagnostic[];
  /** Ends all connections and listeners; no event follows. */
  shutdown(): Promise<void>;
}

class NodeTcpTransport implements TcpTransport {
  readonly scheme = "tcp";
  readonly frameBytesMax: number = TCP_FRAME_BYTES_MAX;
  readonly reliable = true;
  readonly #events: TransportEvents;
  readonly #timeouts: TcpTimeouts;
  readonly #interfaces: InterfaceSource | undefined;
  readonly #marks: LinkMarks | undefined;
  readonly #connections = new Map<Endpoint, TcpConnection>();
  /** Ended by us, still writing what waited. */
  readonly #leaving = new Set<TcpConnection>();
  readonly #acceptedFrom = new Map<string, number>();
  #listeners: readonly { readonly server: Server; readonly at: HostPort }[] = [];
  #closed = false;
  #refused = 0;
  #dropped = 0;

  constructor(options: TcpOptions) {
    this.#events = options.events;
    this.#timeouts = { ...TCP_TIMEOUTS, ...options.timeouts };
    this.#interfaces = options.interfaces;
    this.#marks = options.marks;
  }

  async start(options: TcpOptions): Promise<void> {
    const accept = (socket: Socket): void => this.#accept(socket);
    this.#listeners = await openListeners(options.listen, accept, options.onWarning);
    for (const { server } of this.#listeners) this.#marks?.listener(server);
  }

  get listening(): readonly Endpoint[] {
    return this.#listeners.map(({ at }) => formatEndpoint(this.scheme, at.host, at.port));
  }

  send(endpoint: Endpoint, frame: Uint8Array): boolean {
    if (frame.length === 0 || frame.length > this.frameBytesMax) return false;
    const sent = this.#connections.get(endpoint)?.send(frame) ?? false;
    if (!sent) this.#dropped++;
    return sent;
  }

  broadcast(): void {
    // Streams have nobody to shout to.
  }

  open(endpoint: Endpoint): void {
    if (this.#closed) return;
    const known = this.#connections.get(endpoint);
    if (known !== undefined) {
      queueMicrotask(() => {
        if (this.#connections.get(endpoint) === known && known.open) {
          this.#events.onOpened(endpoint);
        }
      });
      return;
    }
    const reason = this.#dial(endpoint);
    if (reason === undefined) return;
    queueMicrotask(() => {
      if (!this.#closed) this.#events.onClosed(endpoint, reason);
    });
  }

  close(endpoint: Endpoint): void {
    const connection = this.#connections.get(endpoint);
    if (connection === undefined) return;
    this.#connections.delete(endpoint);
    this.#leaving.add(connection);
    connection.end();
  }

  reachableAt(): readonly Endpoint[] {
    const interfaces = localInterfaces(this.#interfaces);
    const found = this.#listeners.flatMap(({ at }): HostPort[] => {
      if (at.host !== "0.0.0.0" && at.host !== "::") return [at];
      const hosts = reachableAddresses(interfaces, at.family === 6 ? 6 : 4);
      return hosts.map((host) => ({ ...at, host }));
    });
    return sortEndpoints(this.scheme, found);
  }

  diagnostics(): readonly Diagnostic[] {
    const where = this.listening.join(", ");
    const listening =
      where === ""
        ? "Not listening for TCP links; we can still dial others."
        : `Listening for TCP links at ${where}.`;
    const counts = `${this.#connections.size} connections, ${this.#refused} refused, ${this.#dropped} frames dropped.`;
    return [
      {
        ...{ id: "tcp-listen", ok: true, detail: listening },
        told: { code: where === "" ? "tcp-none" : "tcp", facts: { where } },
      },
      {
        ...{ id: "tcp-connections", ok: this.#refused === 0, detail: counts },
        told: {
          code: "tcp-counts",
          facts: { count: this.#connections.size, refused: this.#refused, dropped: this.#dropped },
        },
      },
    ];
  }

  async shutdown(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.destroy();
    for (const connection of this.#leaving) connection.destroy();
    this.#connections.clear();
    const ended = this.#listeners.map(
      ({ server }) => new Promise<void>((done) => server.close(() => done())),
    );
    await Promise.all(ended);
  }

  canDial(endpoint: Endpoint): boolean {
    return diallable(this.scheme, endpoint, true) !== undefined;
  }

  /** Begins to dial; returns why it cannot. */
  #dial(endpoint: Endpoint): string | undefined {
    const target = diallable(this.scheme, endpoint, true);
    if (target === undefined) return "This is no address of a TCP listener.";
    if (this.#connections.size >= TCP_CONNECTIONS_MAX) return "Too many connections are open.";
    try {
      const to = { host: target.host, port: target.port };
      const socket = this.#marks?.dialler(target.host)?.connect(to) ?? connect(to);
      this.#add(endpoint, socket, undefined);
      return undefined;
    } catch (error) {
      return errorText(error);
    }
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined || this.#closed) {
      socket.destroy();
      return;
    }
    const from = this.#acceptedFrom.get(remoteAddress) ?? 0;
    const endpoint = formatEndpoint(this.scheme, remoteAddress, remotePort);
    const crowded =
      from >= TCP_ACCEPTED_PER_ADDRESS_MAX || this.#connections.size >= TCP_CONNECTIONS_MAX;
    if (crowded || this.#connections.has(endpoint)) {
      this.#refused++;
      socket.destroy();
      return;
    }
    this.#acceptedFrom.set(remoteAddress, from + 1);
    socket.once("close", () => {
      const left = (this.#acceptedFrom.get(remoteAddress) ?? 1) - 1;
      if (left > 0) this.#acceptedFrom.set(remoteAddress, left);
      else this.#acceptedFrom.delete(remoteAddress);
    });
    this.#add(endpoint, socket, remoteAddress);
  }

  #add(endpoint: Endpoint, socket: Socket, acceptedFrom: string | undefined): void {
    const connection = new TcpConnection(
      socket,
      acceptedFrom !== undefined,
      {
        onOpened: () => this.#events.onOpened(endpoint),
        onFrame: (frame) => this.#events.onFrame(endpoint, frame),
        onClosed: (reason) => {
          if (this.#connections.get(endpoint) !== connection) return;
          this.#connections.delete(endpoint);
          this.#events.onClosed(endpoint, reason);
        },
      },
      this.#timeouts,
    );
    this.#connections.set(endpoint, connection);
    socket.once("close", () => this.#leaving.delete(connection));
  }
}

/**
 * Listens at the given places and dials others. Frames carry a 16-bit length before them.
 * @throws AdapterError port-in-use, no-permission, bad-endpoint or io, naming the place at fault
 */
export async function createTcpTransport(options: TcpOptions): Promise<TcpTransport> {
  const transport = new NodeTcpTransport(options);
  await transport.start(options);
  return transport;
}
