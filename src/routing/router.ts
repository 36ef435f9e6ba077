import { decodePeerRecord, type PeerId, type PeerRecord, SEQNO_MAX } from "../identity/index.ts";
import type { LinkEvents, NeighbourInfo } from "../link/index.ts";
import type { Timed } from "../ports/index.ts";
import { limits } from "../wire/index.ts";
import { Announcer } from "./announcer.ts";
import { chooseWay } from "./choose-way.ts";
import { Choosing } from "./choosing.ts";
import { RoutingError } from "./errors.ts";
import { explainDestination, type RoutingExplanation } from "./explain.ts";
import { Horizons } from "./horizons.ts";
import { Intake } from "./intake.ts";
import {
  BUDGET_MAX,
  COST_MAX,
  EXTENDED_HEADER_BYTES_MAX,
  LANDMARKS_MAX,
  LINK_OVERHEAD_BYTES,
  PACKET_OVERHEAD_BYTES,
  VICINITY_MAX,
} from "./limits.ts";
import { Neighbour } from "./neighbour.ts";
import { Offers } from "./offers.ts";
import { Origin } from "./origin.ts";
import { PathPlane } from "./paths/plane.ts";
import { Queries } from "./queries.ts";
import { SeqnoRequests } from "./requests.ts";
import { Resumes } from "./resumes.ts";
import { isReachable, routeInfo, saysTheSame } from "./route-info.ts";
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
  readonly #resumes: Resumes;
  readonly #horizons: Horizons;
  readonly #choosing: Choosing;
  /** What the rooms above believe to be reachable. */
  readonly #reported = new Map<PeerId, PeerRecord>();

  /** @throws RoutingError("bad-options"), IdentityError("bad-name") */
  constructor(options: RoutingOptions) {
    const { suite, link, log, clock, events } = options;
    checkOptions(options);
    this.#options = options;
    const stats = this.#stats;
    const { vicinityMax = VICINITY_MAX, landmarksMax = LANDMARKS_MAX } = options;
    const random = options.random.fork("routing");
    const table = new Table({ vicinityMax, landmarksMax }, random.fork("index").u32());
    const origin = new Origin({ ...options, random: random.fork("chain") });
    const announcer = new Announcer({
      ...{ suite, table, link, stats, origin },
      settle: (destination) => this.#choosing.settle(destination),
      horizon: (neighbour, nowMs) => this.#horizons.riding(neighbour, nowMs),
    });
    const { readRecord = (bytes, known) => decodePeerRecord(suite, bytes, known) } = options;
    const nowMs = clock.monotonicMs();
    const requests = new SeqnoRequests({ table, announcer, origin, stats, nowMs, random });
    const queries = new Queries(table, announcer, (wanted) => {
      this.#offers.pulls.hurry(wanted, this.#nowMs());
    });
    const intake = new Intake(
      {
        ...{ log, table, announcer, requests, stats },
        query: (from, id, atMs) => queries.receive(from, id, atMs),
        resumes: () => this.#resumes,
        distrust: (from) => this.#choosing.forget(from, false),
      },
      () => this.#offers,
    );
    this.#choosing = new Choosing({
      ...{ table, announcer, requests, queries, stats },
      nowMs: () => this.#nowMs(),
      offers: () => this.#offers,
    });
    this.#offers = new Offers({
      ...{ suite, table, origin, announcer, stats, readRecord },
      nowMs: () => this.#nowMs(),
      fault: (from, fault, atMs) => intake.fault(from, fault, atMs),
      askAgain: (from, handle, atMs) => intake.askAgain(from, handle, atMs),
      changed: (destination, by, change) => this.#choosing.changed(destination, by, change),
      ownChanged: (by, before) => this.#choosing.ownChanged(by, before),
      evict: (destination) => this.#choosing.evict(destination, this.#nowMs()),
      isWanted: ({ id }) => table.isExempt(id) || queries.isWaitedFor(id, this.#nowMs()),
    });
    this.#resumes = new Resumes({
      ...{ table, announcer },
      restored: (destination, by) => this.#choosing.changed(destination, by, "other"),
      forget: (destination, by) => this.#offers.forget(destination, by),
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
      seek: (id) => {
        for (const { isSlow } of table.neighbours.values()) if (isSlow) return this.seek(id);
      },
      isBeyondVicinity: () => table.isPartOfMore,
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
    this.#table.expectRoom(nowMs);
    this.paths.neighbourUp(info.id);
    if (this.#resumes.begin(neighbour, nowMs)) this.#announcer.introduce(neighbour, nowMs);
    else this.#announcer.tellAll(neighbour, nowMs, false);
    this.#finish();
  }

  /** A neighbour is gone: its routes are given up and others told at once. */
  neighbourDown(id: PeerId): void {
    const neighbour = this.#table.neighbours.get(id);
    if (neighbour === undefined) return;
    neighbour.up = false;
    this.#table.neighbours.delete(id);
    this.#table.expectRoom(this.#nowMs());
    this.paths.neighbourDown(id);
    this.#resumes.rest(neighbour, this.#nowMs());
    this.#choosing.forget(neighbour, true);
    this.#offers.pulls.forget(neighbour, this.#nowMs());
    this.#queries.forget(neighbour);
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
    this.#choosing.touchAllOf(neighbour, isWorse);
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

  /** Why packets for a peer go where they go, or why they go nowhere. */
  explain(id: PeerId): RoutingExplanation {
    const table = this.#table;
    return explainDestination(id, table.get(id), {
      remembered: table.memory.get(id, this.#nowMs()) !== undefined,
      requestedSeqno: this.#requests.wantedSeqno(id),
      tableFull: table.overflowed,
      neighbours: table.neighbours.size,
    });
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

  payloadBytesCeiling(): number {
    return limits.FRAME_BYTES_MAX - LINK_OVERHEAD_BYTES - EXTENDED_HEADER_BYTES_MAX;
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
    return Math.min(
      this.#choosing.nextDeadlineMs(),
      this.paths.nextDeadlineMs(),
      this.#announcer.nextDeadlineMs(),
      this.#requests.nextDeadlineMs(),
      this.#offers.pulls.nextDeadlineMs(),
      this.#offers.admission.nextDeadlineMs(),
      this.#horizons.nextDeadlineMs(),
      this.#resumes.nextDeadlineMs(),
      this.#origin.nextDeadlineMs(),
      this.#intake.nextDeadlineMs(),
    );
  }

  tick(): void {
    const nowMs = this.#nowMs();
    this.#intake.tick(nowMs);
    this.#resumes.tick(nowMs);
    this.#offers.pulls.tick(nowMs);
    this.paths.tick();
    this.#finish();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** The end of every event: budgets, requests, announcements, and news for the rooms above. */
  #finish(): void {
    const nowMs = this.#nowMs();
    this.#choosing.tick(nowMs);
    this.#offers.admission.tick(nowMs);
    for (const destination of this.#table.excess(nowMs)) this.#choosing.evict(destination, nowMs);
    if (this.#table.hasRoomAgain(nowMs)) {
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

  #report(): void {
    const { events } = this.#options;
    for (const destination of this.#choosing.touched) {
      this.#choosing.touched.delete(destination);
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
