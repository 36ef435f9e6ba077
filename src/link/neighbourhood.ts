import { compareBytes, equalBytes } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import type { Endpoint, Transport } from "../ports/index.ts";
import { Reader } from "../wire/index.ts";
import type { LinkContext, Way } from "./context.ts";
import { FINISH_BYTES } from "./layout.ts";
import {
  HINT_GAP_MS,
  LINKS_PER_NEIGHBOUR_MAX,
  NEIGHBOURS_MAX,
  RETIRED_LINK_MS,
  TWIN_HANDSHAKE_MS,
} from "./limits.ts";
import type { Link } from "./link.ts";
import { dispensability } from "./link-rank.ts";
import type { GoodbyeReason } from "./messages.ts";
import { Neighbour } from "./neighbour.ts";

/** What the table of neighbours asks of the rest of the room. */
export interface NeighbourhoodHooks {
  /** Begin a handshake there. */
  connect(way: Way): void;
  /** A link is gone; whoever wants it kept may dial again. */
  onLinkGone(link: Link): void;
  /** A neighbour's channel has ended. */
  onDropped(peer: PeerId): void;
  /** The only way to a neighbour is in doubt: it may have moved, or this peer has. */
  onDoubt(): void;
  /** A neighbour has proved to be where this link leads. */
  onPlace(link: Link): void;
}

/** All neighbours and their links: who is up, over which link, and when that changes. */
export class Neighbourhood {
  readonly #context: LinkContext;
  readonly #hooks: NeighbourhoodHooks;
  readonly #neighbours: Map<PeerId, Neighbour> = new Map();
  readonly #byIndex: Map<number, Link> = new Map();
  readonly #byEndpoint: Map<Endpoint, Link> = new Map();
  readonly #retired: Set<Link> = new Set();

  constructor(context: LinkContext, hooks: NeighbourhoodHooks) {
    this.#context = context;
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#neighbours.size;
  }

  get linkCount(): number {
    return this.#byIndex.size - this.#retired.size;
  }

  get(id: PeerId): Neighbour | undefined {
    return this.#neighbours.get(id);
  }

  values(): Iterable<Neighbour> {
    return this.#neighbours.values();
  }

  linkByIndex(index: number): Link | undefined {
    return this.#byIndex.get(index);
  }

  linkAt(endpoint: Endpoint): Link | undefined {
    return this.#byEndpoint.get(endpoint);
  }

  /** The link that this message 3 brought about, while nothing newer came over it. */
  finishedBy(frame: Uint8Array): Link | undefined {
    if (frame.length !== FINISH_BYTES) return undefined;
    const link = this.#byIndex.get(new Reader(frame.subarray(1)).u32());
    const { finishFrame } = link ?? {};
    return finishFrame !== undefined && equalBytes(finishFrame, frame) ? link : undefined;
  }

  /** Whether a link stands that was dialled as, or leads to, this endpoint. */
  isLinked(endpoint: Endpoint): boolean {
    if (this.#byEndpoint.has(endpoint)) return true;
    for (const link of this.#byIndex.values()) {
      if (link.dialled === endpoint && !this.#retired.has(link)) return true;
    }
    return false;
  }

  /**
   * Takes a link whose handshake is complete. `announce` runs once it stands, before anybody
   * hears of the neighbour. False: it was not wanted.
   */
  admit(link: Link, own: Uint8Array, theirs: Uint8Array, announce: () => void): boolean {
    let neighbour = this.#neighbours.get(link.peer);
    const goesOn =
      neighbour !== undefined &&
      equalBytes(neighbour.theirChannel, theirs) &&
      equalBytes(neighbour.ownChannel, own);
    if (neighbour !== undefined && goesOn && !this.#replaceTwin(neighbour, link)) return false;
    if (neighbour !== undefined && !goesOn) this.drop(neighbour, "restarted");
    const stranger = this.#byEndpoint.get(link.endpoint);
    if (stranger !== undefined) this.removeLink(stranger, "replaced by another peer");
    neighbour = this.#neighbours.get(link.peer);
    const isNew = neighbour === undefined;
    if (isNew && this.#neighbours.size >= NEIGHBOURS_MAX) return false;
    neighbour ??= new Neighbour(this.#context, link.peer, own, theirs);
    this.#neighbours.set(link.peer, neighbour);
    neighbour.links.push(link);
    this.#byIndex.set(link.localIndex, link);
    this.#place(link);
    this.#context.stats.handshakesDone += 1;
    this.#hooks.onPlace(link);
    const changed = this.#reconsider(neighbour);
    this.#closeCostliest(neighbour, link);
    announce();
    this.#context.wake(link.liveness.deadlineMs());
    const info = neighbour.info();
    if (isNew) this.#context.events.onNeighbourUp(info);
    else if (changed) this.#context.events.onNeighbourChanged(info);
    return true;
  }

  /** Something authentic came over a link, perhaps from a new address. */
  heard(link: Link, endpoint: Endpoint, bytes: number, nowMs: number, isPaced?: boolean): void {
    if (endpoint !== link.endpoint) this.#heardElsewhere(link, endpoint, bytes, nowMs);
    link.finishFrame = undefined;
    if (link.liveness.heard(nowMs, isPaced)) this.review(link.peer);
    // A steady stream that breaks off is looked into: the tick must come in time for that.
    this.#context.wake(link.liveness.deadlineMs());
  }

  /** An echo came in: perhaps also the proof that a neighbour reads at its new address. */
  echoed(link: Link, id: number, endpoint: Endpoint, nowMs: number): void {
    const { estimator } = link;
    const sentAtMs = estimator.echoed(id, nowMs);
    if (sentAtMs !== undefined) {
      if (sentAtMs >= estimator.resumedAtMs) link.repair?.timing.sample(nowMs - sentAtMs, nowMs);
      link.liveness.answered(sentAtMs, nowMs);
    }
    link.frameSize?.echoed(id, nowMs);
    if (link.provesPath(id, endpoint)) {
      link.settlePath();
      this.#move(link, endpoint);
    }
    this.review(link.peer);
  }

  /** The system says that nothing listens there, or no way leads there: a hint. */
  hinted(transport: Transport, endpoint: Endpoint, nowMs: number): void {
    const { stats } = this.#context;
    stats.unreachableHints += 1;
    const link = this.#byEndpoint.get(endpoint);
    if (link === undefined || link.transport !== transport) return;
    if (!this.#doubt(link, false, nowMs) && !link.liveness.suspect) stats.unreachableRefused += 1;
  }

  /** The local networks have changed: looks which ways are left, and asks along the doubtful ones. */
  lookAround(nowMs: number): void {
    for (const neighbour of [...this.#neighbours.values()]) {
      for (const link of [...neighbour.links]) {
        if (this.#wayIsGone(link)) this.#doubt(link, true, nowMs);
        else if (link.liveness.suspect) link.sendMessages(link.probe());
      }
    }
  }

  /** Looks again which link to use and tells routing what changed. */
  review(id: PeerId): void {
    const neighbour = this.#neighbours.get(id);
    if (neighbour !== undefined && this.#reconsider(neighbour)) {
      this.#context.events.onNeighbourChanged(neighbour.info());
    }
  }

  /** As `Neighbour.reconsider`; a faster way repeats sooner what waits, and a new cost has its time. */
  #reconsider(neighbour: Neighbour): boolean {
    const changed = neighbour.reconsider(this.#context.clock.monotonicMs());
    this.#context.wake(Math.min(neighbour.controlDeadlineMs(), neighbour.costDeadlineMs()));
    return changed;
  }

  /** Takes a link away; with the last one the neighbour goes down. */
  removeLink(link: Link, reason: string): void {
    if (link.closed) return;
    this.#forget(link);
    const neighbour = this.#neighbours.get(link.peer);
    const at = neighbour?.links.indexOf(link) ?? -1;
    if (neighbour === undefined || at < 0) return;
    neighbour.links.splice(at, 1);
    this.#context.log.debug("link gone", { peer: link.peer, endpoint: link.endpoint, reason });
    if (neighbour.links.length === 0) {
      this.drop(neighbour, reason);
    } else {
      this.review(link.peer);
      neighbour.flushControl(this.#context.clock.monotonicMs());
    }
    this.#hooks.onLinkGone(link);
  }

  /** Ends a neighbour with all its links. */
  drop(neighbour: Neighbour, reason: string, goodbye?: GoodbyeReason): void {
    const links = neighbour.links.splice(0);
    this.#neighbours.delete(neighbour.id);
    for (const link of links) {
      if (goodbye !== undefined) link.sendMessages({ type: "goodbye", reason: goodbye });
      this.#forget(link);
    }
    for (const link of this.#retired) if (link.peer === neighbour.id) this.#forget(link);
    this.#hooks.onDropped(neighbour.id);
    this.#context.log.info("neighbour down", { peer: neighbour.id, reason });
    this.#context.events.onNeighbourDown(neighbour.id, reason);
    for (const link of links) this.#hooks.onLinkGone(link);
  }

  /** A connection has closed, and with it every link over it. */
  endpointClosed(transport: Transport, endpoint: Endpoint, reason: string): void {
    for (const link of [...this.#byIndex.values()]) {
      if (link.transport === transport && link.endpoint === endpoint) this.removeLink(link, reason);
    }
  }

  /** Says goodbye to everybody and forgets them; nobody is told. */
  stop(): void {
    for (const link of this.#byIndex.values()) {
      if (!this.#retired.has(link)) link.sendMessages({ type: "goodbye", reason: "stopping" });
      link.closed = true;
      link.clearPieces();
      this.#unplace(link);
    }
    this.#neighbours.clear();
    this.#byIndex.clear();
    this.#byEndpoint.clear();
    this.#retired.clear();
  }

  /** Does what is due for every link and neighbour. */
  tick(nowMs: number): void {
    for (const link of this.#retired) if (nowMs >= link.retiredUntilMs) this.#forget(link);
    for (const neighbour of [...this.#neighbours.values()]) {
      if (neighbour.broken) this.#reset(neighbour);
      else this.#tickNeighbour(neighbour, nowMs);
    }
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const link of this.#retired) first = Math.min(first, link.retiredUntilMs);
    for (const neighbour of this.#neighbours.values()) {
      first = Math.min(first, neighbour.controlDeadlineMs(), neighbour.costDeadlineMs());
      for (const link of neighbour.links) {
        const renewMs = Math.max(link.renewAtMs(), link.renewedAtMs + HINT_GAP_MS);
        const assemblyMs = link.piecesDeadlineMs();
        first = Math.min(first, link.liveness.deadlineMs(), renewMs, assemblyMs);
      }
    }
    return first;
  }

  /** Begins a handshake for the sake of a link, unless one was begun just now. */
  renew(link: Link, nowMs: number): void {
    if (nowMs - link.renewedAtMs < HINT_GAP_MS) return;
    link.renewedAtMs = nowMs;
    this.#hooks.connect({ transport: link.transport, endpoint: link.endpoint });
  }

  #tickNeighbour(neighbour: Neighbour, nowMs: number): void {
    for (const link of [...neighbour.links]) {
      if (!link.closed) this.#tickLink(neighbour, link, nowMs);
    }
    if (neighbour.links.length === 0) return;
    this.review(neighbour.id);
    if (nowMs >= neighbour.controlDeadlineMs()) neighbour.flushControl(nowMs);
  }

  #tickLink(neighbour: Neighbour, link: Link, nowMs: number): void {
    link.expirePieces(nowMs);
    if (nowMs >= link.renewAtMs()) this.renew(link, nowMs);
    const action = link.liveness.tick(nowMs);
    if (action === "gone") {
      // In case only one direction is dead, the other side learns it now.
      link.sendMessages({ type: "goodbye", reason: "link" });
      this.removeLink(link, "silent");
      if (link.transport.reliable) link.transport.close(link.endpoint);
      return;
    }
    if (action === "suspect") this.#suspected(neighbour, link);
    if (action === "chase" && this.#wayIsGone(link) && this.#doubt(link, true, nowMs)) return;
    if (action === "probe" || action === "chase") link.sendMessages(link.probe());
    if (action !== "chase") return;
    for (const sibling of neighbour.links) {
      if (sibling.liveness.chase(nowMs)) sibling.sendMessages(sibling.probe());
    }
  }

  #wayIsGone(link: Link): boolean {
    return link.transport.check?.(link.endpoint) === false;
  }

  /** Suspects a link at once and asks along it whether that is right. False: nothing changed. */
  #doubt(link: Link, certain: boolean, nowMs: number): boolean {
    const neighbour = this.#neighbours.get(link.peer);
    if (neighbour === undefined || !link.liveness.doubt(nowMs, certain)) return false;
    this.#suspected(neighbour, link);
    link.sendMessages(link.probe());
    this.#context.wake(link.liveness.deadlineMs());
    for (const sibling of neighbour.links) {
      if (sibling !== link && sibling.liveness.chase(nowMs)) sibling.sendMessages(sibling.probe());
    }
    this.review(link.peer);
    return true;
  }

  #suspected(neighbour: Neighbour, link: Link): void {
    this.#context.stats.suspicions += 1;
    this.#context.log.debug("link suspect", { peer: link.peer, endpoint: link.endpoint });
    if (neighbour.links.every((each) => each.liveness.suspect)) this.#hooks.onDoubt();
  }

  /** Down and up again, so that routing starts afresh with an empty channel. */
  #reset(neighbour: Neighbour): void {
    const ways: Way[] = neighbour.links.map(({ transport, endpoint }) => ({ transport, endpoint }));
    this.drop(neighbour, "control channel overflowed", "reset");
    for (const way of ways) this.#hooks.connect(way);
  }

  /** Makes room for a link on an endpoint where one stands. False: the old one stays. */
  #replaceTwin(neighbour: Neighbour, link: Link): boolean {
    const twin = neighbour.links.find((other) => other.endpoint === link.endpoint);
    if (twin === undefined) return true;
    const nowMs = this.#context.clock.monotonicMs();
    const simultaneous = nowMs - twin.establishedAtMs < TWIN_HANDSHAKE_MS;
    if (simultaneous && compareBytes(twin.handshakeHash, link.handshakeHash) < 0) {
      twin.dialled ??= link.dialled;
      return false;
    }
    link.estimator.continueFrom(twin.estimator);
    neighbour.links.splice(neighbour.links.indexOf(twin), 1);
    this.#byEndpoint.delete(twin.endpoint);
    twin.retiredUntilMs = nowMs + RETIRED_LINK_MS;
    this.#retired.add(twin);
    this.#context.wake(twin.retiredUntilMs);
    return true;
  }

  /** Keeps the number of links down; neither the one in use nor the newest has to go. */
  #closeCostliest(neighbour: Neighbour, newest: Link): void {
    if (neighbour.links.length <= LINKS_PER_NEIGHBOUR_MAX) return;
    let worst: Link | undefined;
    for (const link of neighbour.links.slice(1)) {
      if (link !== newest && (worst === undefined || dispensability(link) >= dispensability(worst)))
        worst = link;
    }
    if (worst === undefined) return;
    worst.sendMessages({ type: "goodbye", reason: "link" });
    neighbour.links.splice(neighbour.links.indexOf(worst), 1);
    this.#forget(worst);
    this.#hooks.onLinkGone(worst);
  }

  /** Roaming: the newest authentic frame says where the neighbour may be now. */
  #heardElsewhere(link: Link, endpoint: Endpoint, frameBytes: number, nowMs: number): void {
    if (link.transport.reliable || this.#retired.has(link)) return;
    const other = this.#byEndpoint.get(endpoint);
    if (other === undefined) link.heardFrom(endpoint, frameBytes, nowMs);
    if (other?.peer !== link.peer || other.liveness.suspect) return;
    // The neighbour has moved to where a newer link leads. This one would count as alive while what
    // is sent along it goes where nobody is: now only an answer from there counts.
    link.settlePath();
    this.#doubt(link, false, nowMs);
  }

  #move(link: Link, endpoint: Endpoint): void {
    if (this.#retired.has(link) || this.#byEndpoint.has(endpoint)) return;
    this.#unplace(link);
    link.moveTo(endpoint);
    this.#place(link);
    this.#hooks.onPlace(link);
  }

  #place(link: Link): void {
    this.#byEndpoint.set(link.endpoint, link);
    link.transport.watch?.(link.endpoint, true);
  }

  #unplace(link: Link): void {
    if (this.#byEndpoint.get(link.endpoint) !== link) return;
    this.#byEndpoint.delete(link.endpoint);
    link.transport.watch?.(link.endpoint, false);
  }

  #forget(link: Link): void {
    link.closed = true;
    link.clearPieces();
    this.#retired.delete(link);
    this.#byIndex.delete(link.localIndex);
    this.#unplace(link);
  }
}
