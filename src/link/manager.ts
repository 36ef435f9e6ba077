import { type FrameRun, isSoundRun, RUN_HEAD_BYTES } from "../base/frame-run.ts";
import type { PeerId } from "../identity/index.ts";
import type { Endpoint, Timed, Transport, TransportEvents } from "../ports/index.ts";
import { type LinkContext, makeContext, schemeOf, type Way } from "./context.ts";
import { Dialler } from "./dialler.ts";
import { Discovery } from "./discovery.ts";
import { badEndpoint, LinkError } from "./errors.ts";
import { Greeter } from "./greeter.ts";
import type { Opening } from "./half-open.ts";
import { Handshakes } from "./handshakes.ts";
import {
  FRAME_ANSWER,
  FRAME_BEACON,
  FRAME_DATA,
  FRAME_FINISH,
  FRAME_OPEN,
  FRAME_PIECE,
  FRAME_SHORT,
  FRAME_UNKNOWN,
} from "./layout.ts";
import {
  DISCOVERED_OPENINGS_MAX,
  ENDPOINT_CHARACTERS_MAX,
  PACKET_HEADER_BYTES_MAX,
  TRANSPORT_FRAME_BYTES_MIN,
} from "./limits.ts";
import type { Link } from "./link.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import { Receiving } from "./receiving.ts";
import { RunReceiving, type RunRest } from "./run-receiving.ts";
import type { LinkStats } from "./stats.ts";
import { Streams } from "./streams.ts";
import type { KnownPlace, LinkOptions, LinkPort, NeighbourInfo } from "./types.ts";

/**
 * The link room: finds direct neighbours, proves who they are, moves packets and control
 * messages to them over any transport, and tells at what cost and whether they still live.
 * A synchronous state machine: feed it transport events, call `tick` at `nextDeadlineMs`.
 */
export class LinkManager implements LinkPort, Timed {
  readonly #context: LinkContext;
  readonly #transports: Map<string, Transport> = new Map();
  readonly #neighbourhood: Neighbourhood;
  readonly #handshakes: Handshakes;
  readonly #receiving: Receiving;
  readonly #runs: RunReceiving;
  readonly #dialler: Dialler;
  readonly #greeter: Greeter;
  readonly #streams: Streams;
  readonly #discoverable: boolean;
  #discovery: Discovery | undefined;
  #running = false;
  #deadlineMs: number = Number.POSITIVE_INFINITY;

  /** @throws LinkError("mtu") where a transport cannot carry a handshake message */
  constructor(options: LinkOptions) {
    for (const transport of options.transports) {
      if (transport.frameBytesMax < TRANSPORT_FRAME_BYTES_MIN) {
        const text = `Transport ${transport.scheme} carries only ${transport.frameBytesMax} bytes`;
        throw new LinkError("mtu", `${text} per frame; ${TRANSPORT_FRAME_BYTES_MIN} are needed.`);
      }
      this.#transports.set(transport.scheme, transport);
    }
    this.#discoverable = options.discovery;
    this.#context = makeContext(options, (atMs) => {
      this.#deadlineMs = Math.max(0, Math.min(this.#deadlineMs, atMs));
    });
    this.#neighbourhood = new Neighbourhood(this.#context, {
      connect: (way) => this.#handshakes.begin(way),
      onLinkGone: (link) => this.#onLinkGone(link),
      onDropped: (peer) => {
        this.#handshakes.abortPeer(peer);
        this.#discovery?.search(this.#context.clock.monotonicMs());
      },
      onDoubt: () => this.#announceSoon(),
      onPlace: (link) => this.#greeter.linked(link.peer, link, this.#context.clock.monotonicMs()),
    });
    this.#handshakes = new Handshakes(this.#context, {
      indexTaken: (index) => this.#neighbourhood.linkByIndex(index) !== undefined,
      channelOf: (peer) => this.#neighbourhood.get(peer)?.ownChannel,
      onAnswered: (link, own, theirs) => this.#onAnswered(link, own, theirs),
      onFailed: ({ endpoint }) => this.#onFailed(endpoint),
    });
    this.#receiving = new Receiving(
      this.#context,
      this.#neighbourhood,
      this.#handshakes,
      (opening, theirs) => this.#onWelcomed(opening, theirs),
    );
    this.#runs = new RunReceiving({
      frame: (way, frame, rest) => this.#dispatch(way, frame, rest),
      pieces: (way, linkIndex, row) => {
        if (this.#running) this.#receiving.onPieces(way, linkIndex, row);
      },
    });
    const wake = (atMs: number): void => this.#context.wake(atMs);
    const isLinked = (endpoint: Endpoint): boolean => this.#neighbourhood.isLinked(endpoint);
    this.#dialler = new Dialler(this.#context.random, { isLinked, wake });
    this.#greeter = new Greeter({
      ...{ clock: options.clock, transports: this.#transports, wake },
      isUp: (peer) => this.#neighbourhood.get(peer) !== undefined,
      isMinded: (at) => this.#dialler.has(at) || this.#discovery?.hasHeard(at) === true,
      connect: (way, peer) => this.#beginDiscovered(way, peer),
      keep: (places) => options.keepPlaces?.(places),
    });
    this.#streams = new Streams(isLinked);
  }

  /** What the adapter of this transport calls when something happens. */
  transportEvents(transport: Transport): TransportEvents {
    return {
      onFrame: (endpoint, frame) => this.#onFrame({ transport, endpoint }, frame),
      onRun: (endpoint, run) => this.#onRun({ transport, endpoint }, run),
      onOpened: (endpoint) => this.#onOpened({ transport, endpoint }),
      onClosed: (endpoint, reason) => this.#onClosed({ transport, endpoint }, reason),
      onUnreachable: (endpoint) => {
        const nowMs = this.#context.clock.monotonicMs();
        if (this.#running) this.#neighbourhood.hinted(transport, endpoint, nowMs);
      },
    };
  }

  /** Begins to send beacons, to dial static links and to answer others. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    if (this.#discoverable) {
      this.#discovery = new Discovery(
        this.#context,
        this.#neighbourhood,
        [...this.#transports.values()],
        {
          connect: (way) => this.#beginDiscovered(way),
          heard: (endpoint) => this.#greeter.heard(endpoint, this.#context.clock.monotonicMs()),
          renew: (link) => this.#neighbourhood.renew(link, this.#context.clock.monotonicMs()),
        },
      );
    }
    this.#dialler.restart(this.#context.clock.monotonicMs());
    this.#greeter.start(this.#context.clock.monotonicMs());
    this.#context.wake(this.#context.clock.monotonicMs());
  }

  /**
   * A local network came or went: sends beacons now, as far as their pace allows, and looks at
   * once which links have lost their way.
   */
  announce(): void {
    if (!this.#running) return;
    this.#announceSoon();
    this.#neighbourhood.lookAround(this.#context.clock.monotonicMs());
    this.#handshakes.repeatAll(this.#context.clock.monotonicMs());
  }

  /** Says goodbye to all neighbours, so that they notice at once. No events follow. */
  stop(): void {
    this.#running = false;
    this.#discovery = undefined;
    this.#neighbourhood.stop();
    this.#handshakes.clear();
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  /**
   * Keeps a link to this endpoint for ever, dialling again with growing waits.
   * @throws LinkError("unknown-scheme" | "bad-endpoint" | "too-many")
   */
  addStaticLink(endpoint: Endpoint): void {
    const scheme = schemeOf(endpoint);
    if (endpoint.length > ENDPOINT_CHARACTERS_MAX || scheme === "") throw badEndpoint();
    const transport = this.#transports.get(scheme);
    if (transport === undefined) {
      const known = [...this.#transports.keys()].join(", ");
      throw new LinkError("unknown-scheme", `There is no transport '${scheme}'; known: ${known}.`);
    }
    if (!transport.canDial(endpoint)) throw badEndpoint();
    this.#dialler.add({ transport, endpoint }, this.#context.clock.monotonicMs());
  }

  /** Stops dialling this endpoint; a link that stands stays until it ends by itself. */
  removeStaticLink(endpoint: Endpoint): void {
    this.#dialler.remove(endpoint);
  }

  /** What `keepPlaces` was given at an earlier run, before `start`: they are greeted then. */
  recall(places: readonly KnownPlace[]): void {
    this.#greeter.recall(places);
  }

  /** Where neighbours were that are greeted at the next start, whoever was linked last first. */
  places(): readonly KnownPlace[] {
    return this.#greeter.list();
  }

  /** Forgets all of them. */
  forgetPlaces(): void {
    this.#greeter.forget();
  }

  *neighbours(): Iterable<NeighbourInfo> {
    for (const neighbour of this.#neighbourhood.values()) yield neighbour.info();
  }

  neighbour(id: PeerId): NeighbourInfo | undefined {
    return this.#neighbourhood.get(id)?.info();
  }

  sendControl(to: PeerId, message: Uint8Array): boolean {
    const neighbour = this.#neighbourhood.get(to);
    if (neighbour === undefined) return false;
    const nowMs = this.#context.clock.monotonicMs();
    if (!neighbour.sender.push(message)) {
      if (neighbour.broken) this.#context.wake(nowMs);
      return false;
    }
    this.#context.stats.controlSent += 1;
    neighbour.flushControl(nowMs);
    return true;
  }

  sendPacket(to: PeerId, header: Uint8Array, payload: Uint8Array): boolean {
    const link = this.#neighbourhood.get(to)?.best;
    if (link === undefined || header.length > PACKET_HEADER_BYTES_MAX) return false;
    if (!link.sendPacket(header, payload)) return false;
    this.#context.stats.packetsSent += 1;
    const moved = link.liveness.traffic(this.#context.clock.monotonicMs());
    if (moved) this.#context.wake(link.liveness.deadlineMs());
    return true;
  }

  nextDeadlineMs(): number {
    return this.#deadlineMs;
  }

  tick(): void {
    if (!this.#running) return;
    const nowMs = this.#context.clock.monotonicMs();
    this.#discovery?.tick(nowMs);
    this.#dialler.tick(nowMs);
    this.#greeter.tick(nowMs);
    this.#handshakes.tick(nowMs);
    this.#neighbourhood.tick(nowMs);
    this.#receiving.tick(nowMs);
    this.#streams.tick(nowMs);
    if (!this.#running) return;
    this.#deadlineMs = Math.max(
      0,
      Math.min(
        this.#discovery?.deadlineMs() ?? Number.POSITIVE_INFINITY,
        this.#dialler.deadlineMs(),
        this.#greeter.deadlineMs(),
        this.#handshakes.deadlineMs(),
        this.#neighbourhood.deadlineMs(),
        this.#streams.deadlineMs(),
      ),
    );
  }

  /** Counters since the manager was made, and gauges of now. */
  stats(): Readonly<LinkStats> {
    return {
      ...this.#context.stats,
      neighbours: this.#neighbourhood.size,
      links: this.#neighbourhood.linkCount,
      halfOpen: this.#handshakes.halfOpen,
      reassemblyBytes: this.#context.reassembly.usedBytes,
      keptBytes: this.#context.kept.usedBytes,
    };
  }

  #announceSoon(): void {
    this.#discovery?.announce(this.#context.clock.monotonicMs());
  }

  #onFrame(way: Way, frame: Uint8Array): void {
    if (!this.#running) return;
    const { stats } = this.#context;
    stats.framesReceived += 1;
    stats.bytesReceived += frame.length;
    this.#dispatch(way, frame);
  }

  #onRun(way: Way, run: FrameRun): void {
    if (!this.#running || !isSoundRun(run)) return;
    const { stats } = this.#context;
    stats.framesReceived += run.count;
    stats.bytesReceived += run.count * RUN_HEAD_BYTES + run.lead.length + run.body.length;
    this.#runs.take(way, run);
  }

  #dispatch(way: Way, frame: Uint8Array, rest?: RunRest): void {
    if (!this.#running) return;
    const { stats } = this.#context;
    switch (frame[0]) {
      case FRAME_DATA:
        this.#receiving.onData(way, frame, rest);
        break;
      case FRAME_PIECE:
        this.#receiving.onPiece(way, frame);
        break;
      case FRAME_SHORT:
        this.#receiving.onShort(way, frame);
        break;
      case FRAME_BEACON:
        this.#discovery?.onBeacon(way, frame);
        break;
      case FRAME_OPEN:
        this.#handshakes.onOpen(way, frame);
        break;
      case FRAME_ANSWER:
        this.#handshakes.onAnswer(way, frame);
        break;
      case FRAME_FINISH:
        this.#onFinish(way, frame);
        break;
      case FRAME_UNKNOWN:
        this.#receiving.onUnknown(way, frame);
        break;
      default:
        stats.droppedMalformed += 1;
    }
  }

  /** Message 3, perhaps a repetition because our welcome was lost. */
  #onFinish(way: Way, frame: Uint8Array): void {
    const link = this.#neighbourhood.finishedBy(frame);
    const neighbour = link === undefined ? undefined : this.#neighbourhood.get(link.peer);
    if (link === undefined || neighbour === undefined) this.#handshakes.onFinish(way, frame);
    else link.sendMessages({ type: "welcome", channel: neighbour.ownChannel });
  }

  /** Beacons may be replayed from anywhere, and memories be old: they never take the room that dialling needs. */
  #beginDiscovered(way: Way, peer?: PeerId): void {
    if (this.#handshakes.begunCount < DISCOVERED_OPENINGS_MAX) this.#handshakes.begin(way, peer);
  }

  #onOpened(way: Way): void {
    if (!this.#running) return;
    if (this.#dialler.has(way.endpoint)) {
      const begun = this.#handshakes.begin(way) || this.#handshakes.isOpening(way.endpoint);
      if (!begun) this.#dialler.lost(way.endpoint, this.#context.clock.monotonicMs());
    } else if (way.transport.reliable) {
      const nowMs = this.#context.clock.monotonicMs();
      this.#context.wake(this.#streams.opened(way, nowMs));
    }
  }

  #onClosed({ transport, endpoint }: Way, reason: string): void {
    if (!this.#running) return;
    this.#handshakes.abortEndpoint(endpoint);
    this.#neighbourhood.endpointClosed(transport, endpoint, reason);
    this.#streams.closed(endpoint);
    this.#dialler.lost(endpoint, this.#context.clock.monotonicMs());
  }

  #onAnswered(link: Link, own: Uint8Array, theirs: Uint8Array): void {
    const announce = (): void => {
      link.sendMessages({ type: "welcome", channel: own }, link.probe());
      link.liveness.probed(this.#context.clock.monotonicMs());
    };
    if (this.#neighbourhood.admit(link, own, theirs, announce)) {
      this.#handshakes.settle(link.endpoint);
    }
    this.#dialler.linked(link.endpoint, this.#context.clock.monotonicMs());
  }

  #onWelcomed(opening: Opening, theirs: Uint8Array): void {
    this.#handshakes.finish(opening);
    if (opening.link === undefined) return;
    this.#neighbourhood.admit(opening.link, opening.ownChannel, theirs, () => {});
    const nowMs = this.#context.clock.monotonicMs();
    this.#dialler.linked(opening.endpoint, nowMs);
    this.#dialler.linked(opening.link.endpoint, nowMs);
  }

  #onLinkGone(link: Link): void {
    const { transport, endpoint } = link;
    const nowMs = this.#context.clock.monotonicMs();
    if (transport.reliable && this.#running && !this.#neighbourhood.isLinked(endpoint)) {
      if (this.#dialler.has(endpoint)) transport.close(endpoint);
      else this.#context.wake(this.#streams.opened({ transport, endpoint }, nowMs));
    }
    this.#dialler.lost(endpoint, nowMs);
    this.#dialler.lost(link.dialled, nowMs);
  }

  #onFailed(endpoint: Endpoint): void {
    const transport = this.#transports.get(endpoint.slice(0, endpoint.indexOf("://")));
    const stands = this.#neighbourhood.isLinked(endpoint);
    if (transport?.reliable && !stands) transport.close(endpoint);
    this.#dialler.lost(endpoint, this.#context.clock.monotonicMs());
  }
}
