import { decodePeerRecord, type PeerId, type PeerRecord, SEQNO_MAX } from "../identity/index.ts";
import type { LinkEvents, NeighbourInfo } from "../link/index.ts";
import type { Timed } from "../ports/index.ts";
import { limits } from "../wire/index.ts";
import { Announcer } from "./announcer.ts";
import { noteUnrest } from "./damping.ts";
import { type Destination, totalBy } from "./destination.ts";
import { RoutingError } from "./errors.ts";
import { chooseWay } from "./forwarder.ts";
import { Horizons } from "./horizons.ts";
import { Intake } from "./intake.ts";
import {
  BATCH_MS,
  BUDGET_MAX,
  COST_MAX,
  LANDMARKS_MAX,
  METRIC_MAX,
  NEWS_BATCH_MS,
  PACKET_OVERHEAD_BYTES,
  SETTLE_MS,
  VICINITY_MAX,
} from "./limits.ts";
import { Neighbour } from "./neighbour.ts";
import { Offers } from "./offers.ts";
import { Origin } from "./origin.ts";
import { PathPlane } from "./paths/plane.ts";
import { Queries } from "./queries.ts";
import { Regards } from "./regards.ts";
import { SeqnoRequests } from "./requests.ts";
import { isReachable, routeInfo, saysTheSame } from "./route-info.ts";
import { reconsider } from "./select.ts";
import { newStats, type RoutingStats } from "./stats.ts";
import { OWN_SLOT, Table } from "./table.ts";
import type { RouteInfo, RoutingOptions, RoutingPort } from "./types.ts";

/**
 * Finds ways through the mesh. Each origin's signed record travels hop by hop; metrics add up;
 * the feasibility condition keeps every next hop free of loops at any moment, and alternates
 * with a one-shot detour bridge the time until a new way is feasible. See docs/protocol/routing.md.
 */
export class Router implements RoutingPort, Timed {
  /** To be given to the link room. */
  readonly linkEvents: LinkEvents;
  /** All that moves packets; the rooms above use its `PathPort`. */
  readonly paths: PathPlane;
  readonly #options: RoutingOptions;
  readonly #stats: RoutingStats = newStats();
  readonly #table: Table;
  readonly #origin: Origin;
  readonly #announcer: Announcer;
  readonly #requests: SeqnoRequests;
  readonly #intake: Intake;
  readonly #offers: Offers;
  readonly #queries: Queries;
  readonly #horizons: Horizons;
  /** Destinations whose small changes wait; the constant delay keeps it in order of time. */
  readonly #settling = new Map<Destination, number>();
  readonly #regards = new Regards();
  /** Destinations that change so often that telling of them waits, and until when. */
  readonly #restless = new Map<Destination, number>();
  /** Destinations of which the rooms above may have to be told. */
  readonly #touched = new Set<Destination>();
  /** What the rooms above believe to be reachable. */
  readonly #reported = new Map<PeerId, PeerRecord>();

  /** @throws RoutingError("bad-options"), IdentityError("bad-name") */
  constructor(options: RoutingOptions) {
    const { suite, link, log, clock, events } = options;
    checkOptions(options);
    this.#options = options;
    const stats = this.#stats;
    const { vicinityMax = VICINITY_MAX, landmarksMax = LANDMARKS_MAX } = options;
    const table = new Table({ vicinityMax, landmarksMax });
    const random = options.random.fork("routing");
    const origin = new Origin({ ...options, random: random.fork("chain") });
    const announcer = new Announcer({
      ...{ suite, table, link, stats, origin },
      settle: (destination) => this.#settle(destination),
    });
    const { readRecord = (bytes, known) => decodePeerRecord(suite, bytes, known) } = options;
    const nowMs = clock.monotonicMs();
    const requests = new SeqnoRequests({ table, announcer, origin, stats, nowMs, random });
    const queries = new Queries(table, announcer);
    const intake = new Intake(
      {
        ...{ log, table, announcer, requests, stats },
        query: (from, id, atMs) => queries.receive(from, id, atMs),
        distrust: (from) => this.#forget(from, false),
      },
      () => this.#offers,
    );
    this.#offers = new Offers({
      ...{ suite, table, origin, announcer, stats, readRecord },
      nowMs: () => this.#nowMs(),
      fault: (from, fault, atMs) => intake.fault(from, fault, atMs),
      askAgain: (from, handle, atMs) => intake.askAgain(from, handle, atMs),
      changed: (destination, by, isNew) => this.#changed(destination, by, isNew),
      ownChanged: (by, before) => this.#ownChanged(by, before),
    });
    this.paths = new PathPlane({
      ...{
        identity: options.identity,
        suite,
        clock,
        link,
        table,
        stats,
        random: random.fork("paths"),
      },
      landmarksMax: landmarksMax,
      ownRecord: () => origin.record,
      isBeyondVicinity: () => table.overflowedAtMs > Number.NEGATIVE_INFINITY,
      onLocated: (record) => events.onReachable(record.id, record),
      onPacket: (payload, back) => events.onPacket(payload, back),
    });
    this.#table = table;
    this.#origin = origin;
    this.#announcer = announcer;
    this.#requests = requests;
    this.#intake = intake;
    this.#queries = queries;
    this.#horizons = new Horizons(table, announcer);
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
    const neighbour = new Neighbour({ ...info, cost: boundedCost(info.cost) }, nowMs);
    this.#table.neighbours.set(info.id, neighbour);
    this.paths.neighbourUp(info.id);
    this.#announcer.tellAll(neighbour, nowMs, false);
    this.#finish();
  }

  /** A neighbour is gone: its routes are given up and others told at once. */
  neighbourDown(id: PeerId): void {
    const neighbour = this.#table.neighbours.get(id);
    if (neighbour === undefined) return;
    neighbour.up = false;
    this.#table.neighbours.delete(id);
    this.paths.neighbourDown(id);
    this.#forget(neighbour, true);
    this.#offers.pulls.forget(neighbour, this.#nowMs());
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
    this.paths.receive(from, header, payload);
  }

  /** Takes another name and announces it. @throws IdentityError("bad-name") */
  rename(name: string): void {
    this.#origin.rename(name);
    this.#announcer.mark(OWN_SLOT, this.#nowMs());
    this.#finish();
  }

  send(to: PeerId, payload: Uint8Array): boolean {
    return this.paths.send(to, payload);
  }

  /** This peer's own record in force. */
  get ownRecord(): PeerRecord {
    return this.#origin.record;
  }

  /** The sequence number in force: the own record's, or one that its chain vouches for. */
  get ownSeqno(): number {
    return this.#origin.seqno;
  }

  record(id: PeerId): PeerRecord | undefined {
    const destination = this.#table.get(id);
    if (destination !== undefined && isReachable(destination)) return destination.record;
    return this.paths.located(id);
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

  /** Asks the neighbours for a peer that is not known here; it is kept for a while if it exists. */
  seek(id: PeerId): void {
    if (this.#table.get(id)?.selected !== undefined) return;
    this.#queries.ask(id, this.#nowMs());
    this.#finish();
  }

  /** The next hop of packets that make no detour; undefined while none is free of loops. */
  nextHop(id: PeerId): PeerId | undefined {
    return this.#table.get(id)?.selected?.id;
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
    for (const dueMs of this.#restless.values()) settleMs = Math.min(settleMs, dueMs);
    return Math.min(
      settleMs,
      this.paths.nextDeadlineMs(),
      this.#regards.nextDeadlineMs(),
      this.#announcer.nextDeadlineMs(),
      this.#requests.nextDeadlineMs(),
      this.#offers.pulls.nextDeadlineMs(),
      this.#horizons.nextDeadlineMs(),
      this.#origin.nextDeadlineMs(),
      this.#intake.nextDeadlineMs(),
    );
  }

  tick(): void {
    const nowMs = this.#nowMs();
    this.#intake.tick(nowMs);
    this.#offers.pulls.tick(nowMs);
    this.paths.tick();
    for (const [destination, dueMs] of this.#settling) {
      if (dueMs > nowMs) break;
      this.#settling.delete(destination);
      if (!destination.kept) continue;
      this.#touch(destination, false);
      this.#announcer.mark(destination.slot, nowMs);
    }
    for (const [destination, dueMs] of this.#restless) {
      if (dueMs > nowMs) continue;
      this.#restless.delete(destination);
      this.#announcer.mark(destination.slot, nowMs);
    }
    this.#finish();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** What a neighbour says of a destination has changed. */
  #changed(destination: Destination, by: Neighbour, isNew: boolean): void {
    if (!destination.kept) return;
    const isLost = !by.heard.has(destination.slot);
    this.#touch(destination, isLost);
    this.#markSpares(destination);
    const { selected } = destination;
    // Whether there is a spare way concerns our next hop: it is told if the answer has changed.
    if (selected !== undefined && selected !== by) selected.pending.add(destination.slot);
    if (selected !== undefined) this.#announcer.wake(this.#nowMs() + BATCH_MS);
    if (!isNew || !this.#table.overflowed || destination.offers.length > 1) return;
    // What others said of it was thrown away when it was turned away or evicted.
    for (const neighbour of this.#table.neighbours.values()) {
      if (neighbour !== by && neighbour.repeatsAsked.take(this.#nowMs())) {
        this.#queries.askOf(neighbour, destination.id, this.#nowMs());
      }
    }
  }

  /** A neighbour's distance to another neighbour has changed: spare ways depend on it. */
  #markSpares(changed: Destination): void {
    const next = this.#table.neighbours.get(changed.id);
    if (next === undefined) return;
    for (const destination of this.#table.values()) {
      if (destination.selected === next) next.pending.add(destination.slot);
    }
    this.#announcer.wake(this.#nowMs() + BATCH_MS);
  }

  #ownChanged(by: Neighbour, before: number | undefined): void {
    // Only alternates depend on it, and only where it is below the cost of the link.
    const after = Math.min(by.metricToUs ?? by.cost, by.cost);
    if (Math.min(before ?? by.cost, by.cost) !== after) this.#regards.note(by, this.#nowMs());
  }

  /** Gives up what a neighbour said; `all`: also of itself. */
  #forget(neighbour: Neighbour, all: boolean): void {
    for (const destination of [...this.#table.values()]) {
      if (!all && destination.id === neighbour.id) continue;
      if (this.#offers.clear(destination, neighbour)) this.#touch(destination, true);
    }
  }

  #touchAllOf(neighbour: Neighbour, isUrgent: boolean): void {
    for (const destination of [...this.#table.values()]) {
      if (neighbour.heard.has(destination.slot)) this.#touch(destination, isUrgent);
    }
  }

  /** A destination's offers have changed: choose anew, and see to it that all learn who must. */
  #touch(destination: Destination, isUrgent: boolean): void {
    const nowMs = this.#nowMs();
    this.#touched.add(destination);
    if (destination.offers.length === 0) {
      this.#remove(destination, nowMs);
      return;
    }
    const verdict = reconsider(destination, nowMs);
    this.#requests.want(destination, verdict.wish, nowMs);
    if (verdict.unsettled) this.#settle(destination);
    this.#announceChange(destination, isUrgent, nowMs);
  }

  #announceChange(destination: Destination, isUrgent: boolean, nowMs: number): void {
    const { selected, slot, viewNext, viewSeqno } = destination;
    const seqno = selected?.heard.seqno[slot] ?? 0;
    const metric = selected === undefined ? METRIC_MAX : totalBy(destination, selected);
    const hops = (selected?.heard.hops[slot] ?? -1) + 1;
    const isMoved = metric !== destination.viewMetric;
    const isSame = selected === viewNext && seqno === viewSeqno && hops === destination.viewHops;
    if (!isMoved && isSame) return;
    destination.viewNext = selected;
    destination.viewSeqno = seqno;
    destination.viewMetric = metric;
    destination.viewHops = hops;
    if (isMoved) destination.changedAtMs = nowMs;
    const isFound = viewNext === undefined && selected !== undefined;
    if (isFound) this.#queries.arrived(destination.id, slot, nowMs);
    const isLost = viewNext !== undefined && selected === undefined;
    const newsMs = isFound || seqno > viewSeqno ? NEWS_BATCH_MS : BATCH_MS;
    const waitMs = noteUnrest(destination, nowMs);
    if (waitMs > BATCH_MS) this.#restless.set(destination, nowMs + waitMs);
    else this.#announcer.mark(slot, nowMs + (isLost || isUrgent ? 0 : newsMs));
  }

  #remove(destination: Destination, nowMs: number): void {
    destination.selected = undefined;
    this.#offers.pulls.drop(destination);
    this.#announcer.retractSlot(destination.slot, nowMs);
    this.#offers.release(destination);
    this.#table.remove(destination, nowMs);
    this.#requests.drop(destination.id);
    this.#restless.delete(destination);
  }

  #settle(destination: Destination): void {
    if (!this.#settling.has(destination)) {
      this.#settling.set(destination, this.#nowMs() + SETTLE_MS);
    }
  }

  /** The end of every event: budgets, requests, announcements, and news for the rooms above. */
  #finish(): void {
    const nowMs = this.#nowMs();
    for (const neighbour of this.#regards.take(nowMs)) this.#touchAllOf(neighbour, false);
    for (const destination of this.#table.excess(nowMs)) this.#evict(destination, nowMs);
    if (this.#table.hasRoomAgain()) {
      for (const neighbour of this.#table.neighbours.values()) {
        this.#intake.askTable(neighbour, nowMs);
      }
    }
    this.#horizons.tick(nowMs);
    this.#requests.tick(nowMs);
    if (this.#origin.tick(nowMs)) {
      this.#stats.seqnoBumps++;
      this.#announcer.mark(OWN_SLOT, nowMs);
    }
    this.#announcer.flush(nowMs);
    this.#report();
  }

  #evict(destination: Destination, nowMs: number): void {
    this.#stats.evicted++;
    for (const by of [...destination.offers]) this.#offers.clear(destination, by);
    this.#touch(destination, false);
    this.#announcer.wake(nowMs);
  }

  #report(): void {
    const { events } = this.#options;
    for (const destination of this.#touched) {
      this.#touched.delete(destination);
      const { id } = destination;
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
    const now = chooseWay(this.#table, destination, undefined, 0)?.by.id;
    if (now === undefined || now === before) return false;
    destination.leavesBy = now;
    return before !== undefined;
  }
}

function checkOptions(options: RoutingOptions): void {
  const { seqno, vicinityMax = VICINITY_MAX, landmarksMax = LANDMARKS_MAX } = options;
  if (!Number.isSafeInteger(seqno) || seqno < 0 || seqno > SEQNO_MAX) {
    throw new RoutingError("bad-options", `The sequence number ${seqno} is out of range.`);
  }
  if (!Number.isSafeInteger(vicinityMax) || vicinityMax < 1 || vicinityMax > BUDGET_MAX) {
    throw new RoutingError("bad-options", `A vicinity of ${vicinityMax} origins is none.`);
  }
  if (!Number.isSafeInteger(landmarksMax) || landmarksMax < 0 || landmarksMax > BUDGET_MAX) {
    throw new RoutingError("bad-options", `${landmarksMax} landmarks cannot be kept.`);
  }
}

function boundedCost(cost: number): number {
  return Number.isNaN(cost) ? COST_MAX : Math.min(COST_MAX, Math.max(1, Math.round(cost)));
}
