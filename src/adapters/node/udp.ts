import type { RemoteInfo, Socket } from "node:dgram";
import type { FrameRun } from "../../base/frame-run.ts";
import type { Endpoint, Transport, TransportEvents } from "../../ports/index.ts";
import { DATAGRAM_BYTES_MAX } from "../../wire/limits.ts";
import {
  diallable,
  formatEndpoint,
  type HostPort,
  hasAddress,
  type InterfaceSource,
  isOnLink,
  reachableAddresses,
  sortEndpoints,
} from "./addresses.ts";
import { plainBytes } from "./buffers.ts";
import { type Diagnostic, familyFound, loopFound } from "./diagnostics.ts";
import type { LinkMarks } from "./full-tunnel/marks.ts";
import { ENDPOINT_CACHE_MAX, MULTICAST_GROUP_4, MULTICAST_PORT, NAT_QUIET_MS } from "./limits.ts";
import { Multicast } from "./multicast.ts";
import type { TurnHooks } from "./native/udp-drain.ts";
import { type FastSocket, type FastUdp, openFastUdp } from "./native/udp-fast.ts";
import { UdpLines } from "./udp-lines.ts";
import { UdpSender } from "./udp-sender.ts";
import { bindUnicast, markAll, PORT_IS_SHARED, type UnicastSockets } from "./udp-sockets.ts";

/** What a UDP transport is made of. */
export interface UdpOptions {
  readonly events: TransportEvents;
  /** Port of our frames, 0 (the default) for any free one. */
  readonly port?: number;
  /** Port that beacons are sent to; all peers that should find each other use the same. */
  readonly multicastPort?: number;
  /** Listen for beacons. Without it `broadcast` does nothing. */
  readonly discovery: boolean;
  /** A sentence for people about something that will not work. */
  readonly onWarning: (sentence: string) => void;
  /** An interface came or went: a good moment for a few beacons. */
  readonly onInterfaceChange?: () => void;
  /** Told of turns in which many frames may come at once. */
  readonly turns?: TurnHooks;
  /** Injected in tests. */
  readonly interfaces?: InterfaceSource;
  /** Marks the sockets of links; undefined: they are like all others. */
  readonly marks?: LinkMarks | undefined;
}

/** A `Transport` over UDP that must be closed and can tell how it is. */
export interface UdpTransport extends Transport {
  /** Port of our frames by family; 0 where the family is missing. */
  readonly ports: { readonly ipv4: number; readonly ipv6: number };
  diagnostics(): readonly Diagnostic[];
  /** Closes all sockets; no event follows. */
  shutdown(): Promise<void>;
}

class NodeUdpTransport implements UdpTransport {
  readonly scheme = "udp";
  readonly frameBytesMax: number = DATAGRAM_BYTES_MAX;
  readonly reliable = false;
  readonly reusesFrames: boolean;
  readonly ports: { readonly ipv4: number; readonly ipv6: number };
  readonly #events: TransportEvents;
  readonly #sockets: UnicastSockets;
  readonly #multicast: Multicast;
  readonly #lines: UdpLines;
  readonly #sender: UdpSender;
  readonly #fast: FastUdp | undefined;
  readonly #fastDetail: string;
  readonly #onRun: ((from: Endpoint, run: FrameRun) => void) | undefined;
  readonly #fastSockets = new Map<4 | 6, FastSocket>();
  /** Linked endpoints of link-local scope, by the name of their interface. */
  readonly #scoped = new Map<string, Set<Endpoint>>();
  readonly #discovery: boolean;
  readonly #multicastPort: number;
  readonly #targets = new Map<Endpoint, HostPort>();
  readonly #sources = new Map<string, Map<number, Endpoint>>();
  #sourceCount = 0;
  #closed = false;
  #socketErrors = 0;
  #beaconsSent = 0;
  #beaconsHeardBack = 0;

  constructor(options: UdpOptions, sockets: UnicastSockets) {
    this.#events = options.events;
    const { onRun } = options.events;
    if (onRun !== undefined) {
      this.#onRun = (from, run) => {
        if (!this.#closed) onRun.call(options.events, from, run);
      };
    }
    this.#sockets = sockets;
    this.#discovery = options.discovery;
    this.#multicastPort = options.multicastPort ?? MULTICAST_PORT;
    const portOf = (socket: Socket | undefined): number => socket?.address().port ?? 0;
    this.ports = { ipv4: portOf(sockets.socket4), ipv6: portOf(sockets.socket6) };
    this.#multicast = new Multicast({
      port: this.#multicastPort,
      onMessage: (frame, address, port) => this.#receiveBeacon(frame, address, port),
      onInterfaceChange: () => {
        this.#sender.forgetNames();
        this.#lines.refresh((address) => hasAddress(this.#multicast.interfaces, address));
        // Whoever asked for the look is in the middle of something.
        queueMicrotask(() => {
          if (!this.#closed) options.onInterfaceChange?.();
        });
      },
      ...{ onWarning: options.onWarning, interfaces: options.interfaces },
    });
    const fast = openFastUdp((address, port) => this.#sourceOf(address, port), options.turns);
    this.#fast = typeof fast === "string" ? undefined : fast;
    this.reusesFrames = this.#fast !== undefined;
    this.#lines = this.#makeLines(options.marks);
    this.#prepare(4, sockets.socket4);
    this.#prepare(6, sockets.socket6);
    this.#fastDetail =
      this.#fastSockets.size > 0
        ? "Many UDP frames leave and arrive with one system call."
        : `Every UDP frame takes a system call of its own: ${typeof fast === "string" ? fast : "this Node.js hides its sockets; another version may not"}.`;
    this.#sender = new UdpSender({
      ...{ sockets, fast: this.#fast, fastSockets: this.#fastSockets },
      onLineFailed: (endpoint, code) => this.#lines.failed(endpoint, code),
    });
  }

  async start(): Promise<void> {
    await this.#multicast.start(this.#discovery);
  }

  send(endpoint: Endpoint, frame: Uint8Array): boolean {
    const target = this.#targets.get(endpoint) ?? this.#parse(endpoint);
    if (target === undefined) return false;
    const line = this.#lines.get(endpoint);
    if (line !== undefined) return this.#sender.sendAlong(endpoint, line, frame);
    return this.#sender.send(endpoint, target, frame);
  }

  sendRun(endpoint: Endpoint, run: FrameRun): boolean {
    const line = this.#lines.get(endpoint);
    return line !== undefined && this.#sender.sendRunAlong(line, run);
  }

  pathFrameBytes(endpoint: Endpoint): number {
    return Math.max(this.frameBytesMax, this.#lines.pathFrameBytes(endpoint) ?? 0);
  }

  broadcast(frame: Uint8Array): void {
    if (!this.#discovery || this.#closed) return;
    for (const { family, name, address } of this.#multicast.outlets) {
      let sent = false;
      // Who answers by IPv6 on this network needs no second beacon by IPv4.
      if (family === 4 && this.#scoped.has(name)) continue;
      if (family === 6) sent = this.#sender.sendTo(6, address, this.#multicastPort, frame);
      else if (this.#chooseOutlet(address)) {
        sent = this.#sender.sendTo(4, MULTICAST_GROUP_4, this.#multicastPort, frame);
      }
      if (sent) this.#beaconsSent++;
    }
  }

  open(endpoint: Endpoint): void {
    const possible = this.#parse(endpoint) !== undefined;
    queueMicrotask(() => {
      if (this.#closed) return;
      if (possible) this.#events.onOpened(endpoint);
      else this.#events.onClosed(endpoint, "This is no address that UDP can reach from here.");
    });
  }

  close(endpoint: Endpoint): void {
    this.watch(endpoint, false);
  }

  watch(endpoint: Endpoint, wanted: boolean): void {
    const target = this.#targets.get(endpoint) ?? this.#parse(endpoint);
    if (target === undefined) return;
    const zone = this.#zoneOf(target);
    if (!wanted) {
      this.#lines.remove(endpoint);
      const scoped = this.#scoped.get(zone ?? "");
      if (scoped?.delete(endpoint) && scoped.size === 0) this.#scoped.delete(zone ?? "");
      return;
    }
    if (this.#closed) return;
    if (zone !== undefined) {
      const scoped = this.#scoped.get(zone) ?? new Set();
      this.#scoped.set(zone, scoped.add(endpoint));
    }
    if (!PORT_IS_SHARED) return;
    this.#lines.add(endpoint, target, target.family === 4 ? this.ports.ipv4 : this.ports.ipv6);
  }

  check(endpoint: Endpoint): boolean {
    const target = this.#targets.get(endpoint) ?? this.#parse(endpoint);
    if (target === undefined || this.#closed) return false;
    this.#multicast.lookSoon();
    const { interfaces } = this.#multicast;
    const zone = this.#zoneOf(target);
    if (zone !== undefined) {
      return interfaces.some(({ name, linkLocal }) => name === zone && linkLocal !== undefined);
    }
    const local = this.#lines.localAddress(endpoint);
    return local === undefined || hasAddress(interfaces, local);
  }

  quietMsMax(endpoint: Endpoint): number {
    const target = this.#targets.get(endpoint) ?? this.#parse(endpoint);
    const near = target !== undefined && isOnLink(this.#multicast.interfaces, target.host);
    return near ? Number.POSITIVE_INFINITY : NAT_QUIET_MS;
  }

  reachableAt(): readonly Endpoint[] {
    const found: HostPort[] = [];
    for (const [family, port] of [
      [6, this.ports.ipv6],
      [4, this.ports.ipv4],
    ] as const) {
      if (port === 0) continue;
      const hosts = reachableAddresses(this.#multicast.interfaces, family);
      found.push(...hosts.map((host) => ({ host, port, family })));
    }
    return sortEndpoints(this.scheme, found);
  }

  diagnostics(): readonly Diagnostic[] {
    const families = ([4, 6] as const).map((family): Diagnostic => {
      const port = family === 4 ? this.ports.ipv4 : this.ports.ipv6;
      const why = this.#sockets.missing.get(family) ?? "";
      return { id: `udp-ipv${family}`, ...familyFound(family, port, why) };
    });
    const errors = this.#sender.errors + this.#socketErrors;
    const traffic: Diagnostic = {
      ...{ id: "udp-errors", ok: true },
      told: { code: "udp-counts", facts: { failed: errors, dropped: this.#sender.dropped } },
      detail: `${errors} frames could not be sent, ${this.#sender.dropped} were dropped because the queue was full.`,
    };
    const code = this.#fastSockets.size > 0 ? "udp-fast" : "udp-slow";
    const told = { code, facts: {} } as const;
    const fast: Diagnostic = { id: "udp-fast", ok: true, detail: this.#fastDetail, told };
    if (!this.#discovery) return [...families, fast, traffic];
    const loop = loopFound(this.#beaconsSent, this.#beaconsHeardBack, this.#multicastPort);
    return [...families, fast, ...this.#multicast.diagnostics(), loop, traffic];
  }

  async shutdown(): Promise<void> {
    if (this.#closed) return;
    this.#sender.close();
    this.#closed = true;
    this.#multicast.close();
    this.#lines.close();
    for (const socket of this.#fastSockets.values()) this.#fast?.give(socket);
    this.#fast?.close();
    const open = [this.#sockets.socket4, this.#sockets.socket6].filter((one) => one !== undefined);
    await Promise.all(open.map((one) => new Promise<void>((done) => one.close(() => done()))));
  }

  #makeLines(marks: LinkMarks | undefined): UdpLines {
    return new UdpLines(
      {
        onMessage: (frame, from) => this.#receive(frame, from),
        onFrame: (from, frame) => this.#take(from, frame),
        onRun: this.#onRun,
        sendSlowly: (endpoint, socket, frame) => {
          this.#sender.sendByLine(endpoint, socket, frame);
        },
        onLost: (frames) => {
          this.#sender.errors += frames;
        },
        onUnreachable: (endpoint) => {
          if (!this.#closed) this.#events.onUnreachable(endpoint);
        },
      },
      this.#fast,
      marks,
    );
  }

  #prepare(family: 4 | 6, socket: Socket | undefined): void {
    if (socket === undefined) return;
    socket.on("message", (frame: Uint8Array, from: RemoteInfo) => this.#receive(frame, from));
    // A neighbour that is gone may show up here as an error; the socket stays usable.
    socket.on("error", () => {
      this.#socketErrors++;
    });
    const fast = this.#fast?.take(socket, {
      onFrame: (from, frame) => this.#take(from, frame),
      onRun: this.#onRun,
      onError: () => {
        this.#socketErrors++;
      },
    });
    if (fast !== undefined) this.#fastSockets.set(family, fast);
    try {
      socket.setMulticastLoopback(true);
      socket.setMulticastTTL(1);
    } catch {
      this.#socketErrors++;
    }
  }

  #receive(frame: Uint8Array, from: RemoteInfo): void {
    this.#take(this.#sourceOf(from.address, from.port), plainBytes(frame));
  }

  #take(from: Endpoint, frame: Uint8Array): void {
    if (!this.#closed) this.#events.onFrame(from, frame);
  }

  /** The name of the interface in an address of link-local scope; Windows counts them instead. */
  #zoneOf({ host }: HostPort): string | undefined {
    const [, zone] = host.split("%");
    if (zone === undefined || process.platform !== "win32") return zone;
    return this.#multicast.interfaces.find(({ index }) => String(index) === zone)?.name ?? zone;
  }

  #chooseOutlet(address: string): boolean {
    const socket = this.#sockets.socket4;
    // While something waits, it would leave by the interface chosen last.
    if (socket === undefined || socket.getSendQueueCount() > 0) return false;
    try {
      socket.setMulticastInterface(address);
      return true;
    } catch {
      this.#socketErrors++;
      return false;
    }
  }

  canDial(endpoint: Endpoint): boolean {
    return diallable(this.scheme, endpoint, false) !== undefined;
  }

  #parse(endpoint: Endpoint): HostPort | undefined {
    const target = diallable(this.scheme, endpoint, false);
    const socket = target?.family === 4 ? this.#sockets.socket4 : this.#sockets.socket6;
    if (target === undefined || socket === undefined) return undefined;
    if (this.#targets.size >= ENDPOINT_CACHE_MAX) this.#targets.clear();
    this.#targets.set(endpoint, target);
    return target;
  }

  #receiveBeacon(frame: Uint8Array, address: string, port: number): void {
    if (port === this.ports.ipv4 || port === this.ports.ipv6) {
      const [plain = ""] = address.split("%");
      if (hasAddress(this.#multicast.interfaces, plain)) {
        this.#beaconsHeardBack++;
        return;
      }
    }
    if (!this.#closed) this.#events.onFrame(this.#sourceOf(address, port), plainBytes(frame));
  }

  /** The endpoint text of a sender, made once: texts are the keys of every table above. */
  #sourceOf(address: string, port: number): Endpoint {
    let ports = this.#sources.get(address);
    const known = ports?.get(port);
    if (known !== undefined) return known;
    if (this.#sourceCount >= ENDPOINT_CACHE_MAX) {
      this.#sources.clear();
      this.#sourceCount = 0;
      ports = undefined;
    }
    if (ports === undefined) {
      ports = new Map();
      this.#sources.set(address, ports);
    }
    const endpoint = formatEndpoint(this.scheme, address, port);
    ports.set(port, endpoint);
    this.#sourceCount++;
    return endpoint;
  }
}

/**
 * Opens UDP sockets for IPv4 and IPv6 and, with `discovery`, listens for beacons on every local
 * network. Beacons leave from the unicast sockets, so their source is where we can be reached.
 * Whatever is missing is told through `onWarning` and `diagnostics`; the rest works.
 * @throws AdapterError port-in-use, no-permission or io when no socket can be had at all
 */
export async function createUdpTransport(options: UdpOptions): Promise<UdpTransport> {
  const sockets = markAll(await bindUnicast(options.port ?? 0), options.marks);
  for (const [family, why] of sockets.missing) {
    options.onWarning(
      `IPv${family} is missing on this machine (${why}); the other family is used.`,
    );
  }
  const transport = new NodeUdpTransport(options, sockets);
  await transport.start();
  return transport;
}
