import { type PeerId, type PeerRecord, peerIdToBytes, SEQNO_MAX } from "../identity/index.ts";
import type { LinkEvents, NeighbourInfo } from "../link/index.ts";
import type { Timed } from "../ports/index.ts";
import { limits } from "../wire/index.ts";
import { Announcer } from "./announcer.ts";
import { type Destination, isReachable, Route, viewOf } from "./destination.ts";
import { RoutingError } from "./errors.ts";
import { explainDestination, type RoutingExplanation } from "./explain.ts";
import { chooseWay, Forwarder } from "./forwarder.ts";
import { Intake } from "./intake.ts";
import {
  BATCH_MS,
  COST_MAX,
  NEWS_BATCH_MS,
  PACKET_OVERHEAD_BYTES,
  SETTLE_MS,
  VICINITY_MAX,
} from "./limits.ts";
import type { Update } from "./messages.ts";
import { Neighbour } from "./neighbour.ts";
import { Origin } from "./origin.ts";
import { Regards } from "./regards.ts";
import { SeqnoRequests } from "./requests.ts";
import { routeInfo, saysTheSame } from "./route-info.ts";
import { reconsider } from "./select.ts";
import { newStats, type RoutingStats } from "./stats.ts";
import { Table } from "./table.ts";
import type { RouteInfo, RoutingOptions, RoutingPort } from "./types.ts";

/**
 * Finds ways through the mesh. Each origin's signed record travels hop by hop; metrics add up;
 * the feasibility condition keeps every next hop free of loops at any moment, and alternates
 * with a one-shot detour bridge the time until a new way is feasible. See docs/protocol/routing.md.
 */
export class Router implements RoutingPort, Timed {
  /** To be given to the link room. */
  readonly linkEvents: LinkEvents;
  readonly #options: RoutingOptions;
  readonly #stats: RoutingStats = newStats();
  readonly #table: Table;
  readonly #origin: Origin;
  readonly #announcer: Announcer;
  readonly #requests: SeqnoRequests;
  readonly #intake: Intake;
  readonly #forwarder: Forwarder;
  /** Origins whose small changes wait; the constant delay keeps it in order of time. */
  readonly #settling = new Map<PeerId, number>();
  readonly #regards = new Regards();
  /** Origins of which the rooms above may have to be told. */
  readonly #touched = new Set<PeerId>();
  /** What the rooms above believe to be reachable. */
  readonly #reported = new Map<PeerId, PeerRecord>();

  /** @throws RoutingError("bad-options"), IdentityError("bad-name") */
  constructor(options: RoutingOptions) {
    const { identity, suite, link, log, random, clock, events } = options;
    checkOptions(options);
    this.#options = options;
    const stats = this.#stats;
    const table = new Table(options.vicinityMax ?? VICINITY_MAX);
    const origin = new Origin(options);
    const announcer = new Announcer({
      table,
      link,
      stats,
      ownRecord: () => origin.record,
      settle: (id) => this.#settle(id),
    });
    const nowMs = clock.monotonicMs();
    const requests = new SeqnoRequests({
      ...{ table, announcer, origin, stats, nowMs },
      random: random.fork("routing"),
    });
    this.#intake = new Intake({
      ...{ suite, log, table, origin, announcer, requests, stats },
      learn: (from, update, record) => this.#learn(from, update, record),
      unlearn: (from, id) => this.#unlearn(from, id),
      metricToUs: (from, metric) => this.#hearMetricToUs(from, metric),
      distrust: (from) => this.#forget(from, false),
    });
    this.#forwarder = new Forwarder({
      ...{ table, link, stats },
      self: peerIdToBytes(identity.id),
      deliver: (payload) => events.onPacket(payload),
    });
    this.#table = table;
    this.#origin = origin;
    this.#announcer = announcer;
    this.#requests = requests;
    this.linkEvents = {
      onNeighbourUp: (neighbour) => this.neighbourUp(neighbour),
      onNeighbourDown: (id) => this.neighbourDown(id),
      onNeighbourChanged: (neighbour) => this.neighbourChanged(neighbour),
      onControl: (from, message) => this.control(from, message),
      onPacket: (from, header, payload) => this.packet(from, header, payload),
    };
  }

  /** A neighbour has come, or has come back with nothing of what it was told before. */
  neighbourUp(info: NeighbourInfo): void {
    if (info.id === this.#origin.record.id) return;
    this.neighbourDown(info.id);
    const nowMs = this.#nowMs();
    const neighbour = new Neighbour(info.id, boundedCost(info.cost), info.suspect, nowMs);
    this.#table.neighbours.set(info.id, neighbour);
    this.#announcer.tellAll(neighbour, nowMs, false);
    this.#finish();
  }

  /** A neighbour is gone: its routes are given up and others told at once. */
  neighbourDown(id: PeerId): void {
    const neighbour = this.#table.neighbours.get(id);
    if (neighbour === undefined) return;
    neighbour.up = false;
    this.#table.neighbours.delete(id);
    this.#forget(neighbour, true);
    this.#finish();
  }

  /** Cost or suspicion of a neighbour has changed. */
  neighbourChanged(info: NeighbourInfo): void {
    const neighbour = this.#table.neighbours.get(info.id);
    if (neighbour === undefined) return;
    const cost = boundedCost(info.cost);
    if (cost === neighbour.cost && info.suspect === neighbour.suspect) return;
    const isWorse = info.suspect && !neighbour.suspect;
    neighbour.cost = cost;
    neighbour.suspect = info.suspect;
    this.#touchAllOf(neighbour, isWorse);
    this.#finish();
  }

  /** A control message of a neighbour. */
  control(from: PeerId, message: Uint8Array): void {
    const neighbour = this.#table.neighbours.get(from);
    if (neighbour === undefined) return;
    this.#intake.receive(neighbour, message, this.#nowMs());
    this.#finish();
  }

  /** A packet of a neighbour. */
  packet(from: PeerId, header: Uint8Array, payload: Uint8Array): void {
    this.#forwarder.receive(from, header, payload);
  }

  /** Takes another name and announces it. @throws IdentityError("bad-name") */
  rename(name: string): void {
    this.#origin.rename(name);
    this.#announcer.mark(this.#origin.record.id, this.#nowMs());
    this.#finish();
  }

  send(to: PeerId, payload: Uint8Array): boolean {
    return this.#forwarder.send(this.#table.get(to), payload);
  }

  /** This peer's own record in force. */
  get ownRecord(): PeerRecord {
    return this.#origin.record;
  }

  record(id: PeerId): PeerRecord | undefined {
    const destination = this.#table.get(id);
    return destination !== undefined && isReachable(destination) ? destination.record : undefined;
  }

  route(id: PeerId): RouteInfo | undefined {
    const destination = this.#table.get(id);
    return destination && routeInfo(destination);
  }

  routes(): readonly RouteInfo[] {
    const routes: RouteInfo[] = [];
    for (const destination of this.#table.byDistance()) {
      const info = routeInfo(destination);
      if (info !== undefined) routes.push(info);
    }
    return routes;
  }

  /** Why packets for a peer go where they go, or why they go nowhere. */
  explain(id: PeerId): RoutingExplanation {
    const table = this.#table;
    return explainDestination(id, table.get(id), {
      remembered: table.memory.get(id, this.#nowMs()) !== undefined,
      requestedSeqno: this.#requests.wantedSeqno(id),
      vicinityFull: table.overflowed,
      neighbours: table.neighbours.size,
    });
  }

  /** The next hop of packets that make no detour; undefined while none is free of loops. */
  nextHop(id: PeerId): PeerId | undefined {
    return this.#table.get(id)?.selected?.neighbour.id;
  }

  payloadBytesMax(): number {
    return limits.DATAGRAM_BYTES_MAX - PACKET_OVERHEAD_BYTES;
  }

  /** A copy of the counters, and how large the tables are. */
  stats(): RoutingStats & { readonly destinations: number; readonly remembered: number } {
    return {
      ...structuredClone(this.#stats),
      destinations: this.#table.size,
      remembered: this.#table.memory.size,
    };
  }

  nextDeadlineMs(): number {
    let settleMs = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#settling.values()) {
      settleMs = dueMs;
      break;
    }
    return Math.min(
      settleMs,
      this.#regards.nextDeadlineMs(),
      this.#announcer.nextDeadlineMs(),
      this.#requests.nextDeadlineMs(),
      this.#origin.nextDeadlineMs(),
      this.#intake.nextDeadlineMs(this.#nowMs()),
    );
  }

  tick(): void {
    const nowMs = this.#nowMs();
    this.#intake.tick(nowMs);
    for (const [id, dueMs] of this.#settling) {
      if (dueMs > nowMs) break;
      this.#settling.delete(id);
      const destination = this.#table.get(id);
      if (destination === undefined) continue;
      this.#touch(destination, false);
      this.#announcer.mark(id, nowMs);
    }
    this.#finish();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  #learn(from: Neighbour, update: Update, record: PeerRecord): void {
    const nowMs = this.#nowMs();
    const destination = this.#table.get(update.origin) ?? this.#table.add(record, nowMs);
    if (record.seqno > destination.record.seqno) destination.record = record;
    const route = destination.routes.get(from.id);
    const before = route?.metric;
    if (route === undefined) destination.routes.set(from.id, new Route(from, update));
    else route.update(update);
    this.#touch(destination, false);
    if (before !== update.metric) this.#markSpares(update.origin);
  }

  #unlearn(from: Neighbour, id: PeerId): void {
    const destination = this.#table.get(id);
    if (destination?.routes.delete(from.id) !== true) return;
    this.#touch(destination, true);
    this.#markSpares(id);
  }

  /** A neighbour's distance to another neighbour has changed: spare ways depend on it. */
  #markSpares(id: PeerId): void {
    const next = this.#table.neighbours.get(id);
    if (next === undefined) return;
    for (const destination of this.#table.values()) {
      if (destination.selected?.neighbour === next) next.pending.add(destination.id);
    }
    this.#announcer.wake(this.#nowMs() + BATCH_MS);
  }

  #hearMetricToUs(from: Neighbour, metric: number | undefined): void {
    const before = from.metricToUs ?? from.cost;
    from.metricToUs = metric;
    // Only alternates depend on it, and only where it is below the cost of the link.
    if (Math.min(before, from.cost) !== Math.min(metric ?? from.cost, from.cost)) {
      this.#regards.note(from, this.#nowMs());
    }
  }

  /** Gives up the routes over a neighbour; `all`: also the one to itself. */
  #forget(neighbour: Neighbour, all: boolean): void {
    for (const destination of [...this.#table.values()]) {
      if (!all && destination.id === neighbour.id) continue;
      if (destination.routes.delete(neighbour.id)) this.#touch(destination, true);
    }
  }

  #touchAllOf(neighbour: Neighbour, isUrgent: boolean): void {
    for (const destination of [...this.#table.values()]) {
      if (destination.routes.has(neighbour.id)) this.#touch(destination, isUrgent);
    }
  }

  /** A destination's routes have changed: choose anew, and see to it that all learn who must. */
  #touch(destination: Destination, isUrgent: boolean): void {
    const nowMs = this.#nowMs();
    const { id, view: before } = destination;
    this.#touched.add(id);
    if (destination.routes.size === 0) {
      destination.selected = undefined;
      destination.alternate = undefined;
      this.#table.remove(destination, nowMs);
      this.#requests.drop(id);
      this.#announcer.mark(id, nowMs);
      return;
    }
    const verdict = reconsider(destination, nowMs);
    this.#requests.want(destination, verdict.wish, nowMs);
    if (verdict.unsettled) this.#settle(id);
    const view = viewOf(destination.selected);
    const isMoved = view.metric !== before.metric;
    if (!isMoved && view.next === before.next && view.seqno === before.seqno) {
      if (view.hops === before.hops) return;
    }
    destination.view = view;
    if (isMoved) destination.changedAtMs = nowMs;
    const isLost = view.next === undefined && before.next !== undefined;
    const isNews = before.next === undefined || view.seqno > before.seqno;
    this.#announcer.mark(id, nowMs + (isLost || isUrgent ? 0 : isNews ? NEWS_BATCH_MS : BATCH_MS));
  }

  #settle(id: PeerId): void {
    if (!this.#settling.has(id)) this.#settling.set(id, this.#nowMs() + SETTLE_MS);
  }

  /** The end of every event: budgets, requests, announcements, and news for the rooms above. */
  #finish(): void {
    const nowMs = this.#nowMs();
    for (const neighbour of this.#regards.take(nowMs)) this.#touchAllOf(neighbour, false);
    for (const destination of this.#table.excess()) this.#evict(destination, nowMs);
    if (this.#table.hasRoomAgain()) {
      this.#table.overflowed = false;
      for (const neighbour of this.#table.neighbours.values()) {
        this.#intake.askTable(neighbour, nowMs);
      }
    }
    this.#requests.tick(nowMs);
    if (this.#origin.tick(nowMs)) {
      this.#stats.seqnoBumps++;
      this.#announcer.mark(this.#origin.record.id, nowMs);
    }
    this.#announcer.flush(nowMs);
    this.#report();
  }

  #evict(destination: Destination, nowMs: number): void {
    this.#stats.evicted++;
    this.#table.overflowed = true;
    destination.routes.clear();
    this.#touch(destination, false);
    this.#announcer.wake(nowMs);
  }

  #report(): void {
    const { events } = this.#options;
    for (const id of this.#touched) {
      this.#touched.delete(id);
      const record = this.record(id);
      const before = this.#reported.get(id);
      if (record === undefined) {
        if (this.#reported.delete(id)) events.onUnreachable(id);
      } else if (record !== before) {
        this.#reported.set(id, record);
        if (before === undefined || !saysTheSame(before, record)) events.onReachable(id, record);
      }
      if (this.#leavesAnotherWay(id)) events.onWayChanged(id);
    }
  }

  #leavesAnotherWay(id: PeerId): boolean {
    const destination = this.#table.get(id);
    if (destination === undefined) return false;
    const before = destination.leavesBy;
    const now = chooseWay(this.#table, destination, undefined, 0)?.route.neighbour.id;
    if (now === undefined || now === before) return false;
    destination.leavesBy = now;
    return before !== undefined;
  }
}

function checkOptions({ seqno, vicinityMax = VICINITY_MAX }: RoutingOptions): void {
  if (!Number.isSafeInteger(seqno) || seqno < 0 || seqno > SEQNO_MAX) {
    throw new RoutingError("bad-options", `The sequence number ${seqno} is out of range.`);
  }
  if (!Number.isSafeInteger(vicinityMax) || vicinityMax < 1) {
    throw new RoutingError("bad-options", `A vicinity of ${vicinityMax} origins is none.`);
  }
}

function boundedCost(cost: number): number {
  return Number.isNaN(cost) ? COST_MAX : Math.min(COST_MAX, Math.max(1, Math.round(cost)));
}
