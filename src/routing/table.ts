import type { PeerId, PeerRecord } from "../identity/index.ts";
import {
  type Budgets,
  chooseKept,
  type Horizon,
  OPEN_LOTTERY,
  OPEN_METRIC,
  withoutPlaces,
} from "./budget.ts";
import { Destination } from "./destination.ts";
import { Exempt } from "./exempt.ts";
import { IdIndex } from "./id-index.ts";
import {
  FREE_SLOTS_MIN,
  METRIC_NONE,
  ROOM_PAUSE_MAX_MS,
  ROOM_WAIT_MS,
  STAY_MS,
  STAY_STEP_MS,
  TABLE_REPEAT_MS,
  UNKNOWN_MAX,
  UNKNOWN_MS,
  UNKNOWN_SHARE,
} from "./limits.ts";
import { LotteryOrder } from "./lottery-order.ts";
import { Memory } from "./memory.ts";
import type { Neighbour } from "./neighbour.ts";

/** Slot of this peer itself: no destination, but rows in the columns of its neighbours. */
export const OWN_SLOT = 0;

/**
 * The origins that are known: the vicinity (the nearest within a budget), the landmarks (those of
 * lowest lottery value within another) and all direct neighbours besides.
 */
export class Table {
  readonly neighbours: Map<PeerId, Neighbour> = new Map();
  readonly memory: Memory;
  /** Origins were turned away: what comes in now may be known to other neighbours, too. */
  overflowed = false;
  /**
   * The network is, or may be, larger than this table: origins were turned away here, or
   * somewhere from where the word has come, and this peer then never hears of them.
   */
  isPartOfMore = false;
  /** How many destinations wait for their record. */
  unknown = 0;
  /** Origins were turned away only because too many waited for a place: they may be better than what is kept. */
  #turnedAway = false;
  readonly #budgets: Budgets;
  readonly #destinations = new Map<PeerId, Destination>();
  readonly #byLottery = new LotteryOrder();
  readonly #exempt = new Exempt(this.neighbours, this.#destinations);
  readonly #index: IdIndex;
  readonly #bySlot: (Destination | undefined)[] = [undefined];
  readonly #generations: number[] = [0];
  /** Slots that were given up, the longest free first. */
  readonly #free: number[] = [];
  #metric: Horizon = OPEN_METRIC;
  #lottery: Horizon = OPEN_LOTTERY;
  /** When free places may next lead to questions, and how long the pause after that will be. */
  #roomAgainMs: number = Number.NEGATIVE_INFINITY;
  #roomPauseMs: number = TABLE_REPEAT_MS;
  #horizonChanges = 0;

  /** @param indexSeed unpredictable, so that nobody can choose ids that are slow to find */
  constructor(budgets: Budgets, indexSeed: number) {
    this.#budgets = budgets;
    this.#index = new IdIndex(indexSeed);
    this.memory = new Memory(Math.min(budgets.vicinityMax + budgets.landmarksMax, 4_096));
  }

  get size(): number {
    return this.#destinations.size;
  }

  /** There is no place left for the near ones as such: what comes in may soon leave again. */
  get isCrowded(): boolean {
    return this.overflowed || this.#destinations.size > this.#budgets.vicinityMax;
  }

  /** Counts changes of the horizons, and of who is a neighbour. */
  get horizonChanges(): number {
    return this.#horizonChanges;
  }

  /** Origins that this neighbour reaches so that they are nearer than this from here are kept. */
  horizonMetric(by: PeerId): number {
    return this.#metric.byHop.get(by) ?? this.#metric.otherwise;
  }

  /** Origins of a lower lottery value are kept, however far they are. */
  horizonLottery(by: PeerId): number {
    return this.#lottery.byHop.get(by) ?? this.#lottery.otherwise;
  }

  get(id: PeerId): Destination | undefined {
    return this.#destinations.get(id);
  }

  /** The entry of a neighbour itself; undefined while there is none. */
  entryOf(neighbour: Neighbour): Destination | undefined {
    // Asked with every announcement: to find it by its name each time costs far more.
    if (neighbour.entry?.kept !== true) neighbour.entry = this.get(neighbour.id);
    return neighbour.entry;
  }

  /** The destination in a slot. */
  at(slot: number): Destination | undefined {
    return this.#bySlot[slot];
  }

  /** How often a slot was used, modulo 256: sent along with handles. */
  generation(slot: number): number {
    return this.#generations[slot] ?? 0;
  }

  values(): IterableIterator<Destination> {
    return this.#destinations.values();
  }

  /** The destination whose 16 id bytes stand in `bytes` from `offset` on. */
  find(bytes: Uint8Array, offset: number): Destination | undefined {
    return this.#index.find(bytes, offset);
  }

  /** Opens a place for an origin; what is remembered of it comes along. */
  add(id: PeerId, by: Neighbour, nowMs: number): Destination {
    const destination = new Destination(id, this.#takeSlot(), nowMs);
    this.#bySlot[destination.slot] = destination;
    this.#destinations.set(id, destination);
    this.#byLottery.add(destination);
    this.#index.add(destination);
    const remembered = this.memory.get(id, nowMs);
    if (remembered !== undefined) {
      this.memory.delete(id);
      Object.assign(destination, remembered.state);
    }
    if (destination.record === undefined) {
      this.unknown++;
      destination.openedBy = by;
      by.opened.add(destination);
    }
    this.#exempt.changed(id);
    return destination;
  }

  /** A verified record of an origin has come. */
  learn(destination: Destination, record: PeerRecord): void {
    if (destination.record === undefined) this.#noLongerUnknown(destination);
    this.#exempt.changed(destination.id);
    destination.record = record;
  }

  /** Whether one more origin without record may come in and nobody has to go at once. */
  get hasPlaceForUnknown(): boolean {
    return this.#waiting < this.#waitingMax;
  }

  /**
   * Who has to go so that a neighbour may open a place for an origin without record: nobody where
   * there is room, else the oldest that the neighbour with the largest share has opened, once it has
   * waited for its record for long, or at once where the other has opened none; else "itself".
   * @param id the origin, where it may be one that is kept beside the budgets
   */
  placeForUnknown(
    by: Neighbour,
    id: PeerId | undefined,
    nowMs: number,
  ): Destination | "itself" | undefined {
    if (id !== undefined && this.isExempt(id)) return undefined;
    if (this.hasPlaceForUnknown) return undefined;
    this.#overflow();
    let heaviest = by;
    for (const other of this.neighbours.values()) {
      if (other.opened.size > heaviest.opened.size) heaviest = other;
    }
    const [oldest] = heaviest.opened;
    if (oldest === undefined || heaviest.opened.size <= by.opened.size + 1) return "itself";
    const isDue = by.opened.size === 0 || nowMs - oldest.sinceMs >= UNKNOWN_MS;
    return isDue && !this.isExempt(oldest.id) ? oldest : "itself";
  }

  /** An origin was turned away for want of a place: it may be better than what is kept. */
  turnAway(): void {
    this.#overflow();
    this.#turnedAway = true;
  }

  #noLongerUnknown(destination: Destination): void {
    this.unknown--;
    destination.openedBy?.opened.delete(destination);
    destination.openedBy = undefined;
  }

  /** Gives up an origin's place and remembers what its return needs. */
  remove(destination: Destination, nowMs: number): void {
    if (this.#destinations.get(destination.id) !== destination) return;
    this.#destinations.delete(destination.id);
    destination.kept = false;
    this.#exempt.changed(destination.id);
    if (destination.record === undefined) this.#noLongerUnknown(destination);
    this.#byLottery.delete(destination);
    this.#bySlot[destination.slot] = undefined;
    this.#free.push(destination.slot);
    this.#index.delete(destination);
    this.memory.keep(destination, nowMs);
  }

  /** Whether an origin that a neighbour brings over that distance would be kept. */
  admits(id: PeerId, by: PeerId, metric: number, lottery: number): boolean {
    if (metric < this.horizonMetric(by) || lottery < this.horizonLottery(by)) return true;
    if (this.#destinations.has(id) || this.isExempt(id)) return true;
    this.#overflow();
    return false;
  }

  /** Whether an origin that is known, but not proven yet, would be kept at this distance. */
  isWelcome({ id, lottery }: Destination, by: PeerId, metric: number): boolean {
    if (metric < this.horizonMetric(by) || lottery < this.horizonLottery(by)) return true;
    return this.isExempt(id);
  }

  /**
   * When an origin has stayed long enough to be worth a word, in monotonic milliseconds. Where the
   * vicinity is full, the last ones within the horizons wait: better ones may come that push them out.
   */
  stayedMs(destination: Destination, by: PeerId, metric: number): number {
    const { id, sinceMs } = destination;
    if (!this.isCrowded || this.isExempt(id)) return sinceMs;
    // What comes in after the nearest ones have filled their places is none of them, most likely.
    const near = this.overflowed ? metric : METRIC_NONE;
    const atMs = sinceMs + STAY_MS * Math.min(1, this.depth(destination, by, near));
    return Math.ceil(atMs / STAY_STEP_MS) * STAY_STEP_MS;
  }

  /** How far within the horizon an origin lies: 0 for the best, 1 at the edge, more beyond. */
  depth({ lottery }: Pick<Destination, "lottery">, by: PeerId, metric: number): number {
    return Math.min(metric / this.horizonMetric(by), lottery / this.horizonLottery(by));
  }

  /** Keeps an origin for a while beside the budgets; the longest pinned gives way at `PINS_MAX`. */
  pin(id: PeerId, untilMs: number, nowMs: number): void {
    this.#exempt.pin(id, untilMs, nowMs);
  }

  /** Whether an origin is kept beside the budgets: a neighbour, or somebody who was asked for. */
  isExempt(id: PeerId): boolean {
    return this.#exempt.has(id);
  }

  /**
   * Takes stock: origins beyond the budgets, for the caller to evict. Those whose record is not
   * here yet count as far as `UNKNOWN_SHARE` gives them places. Of others, which came because places
   * were free, the last go where those are free no longer: a neighbour that has left needs one.
   */
  excess(nowMs: number): readonly Destination[] {
    const reserved = Math.min(this.#waiting, this.#reserve);
    if (this.room() >= reserved) return this.#newcomersWithoutPlace();
    this.#exempt.unpin(nowMs);
    const exempt = this.#exempt.ones();
    const origins = this.#byLottery.values.filter(
      (origin) => origin.record !== undefined && !exempt.has(origin),
    );
    const kept = withoutPlaces(this.#budgets, reserved);
    const { evicted, metric, lottery } = chooseKept(origins, kept, this.neighbours.size);
    this.#metric = metric;
    this.#lottery = lottery;
    this.#horizonChanges++;
    this.#overflow();
    return evicted;
  }

  #newcomersWithoutPlace(): readonly Destination[] {
    const surplus = this.#waiting - this.#waitingMax;
    if (surplus <= 0) return [];
    this.turnAway();
    const newcomers = [...this.#destinations.values()].filter(
      ({ id, record }) => record === undefined && !this.isExempt(id),
    );
    return newcomers.sort((a, b) => b.sinceMs - a.sinceMs).slice(0, surplus);
  }

  /**
   * Whether others should be asked what was turned away: so many places have come free, or records
   * need be waited for no longer.
   */
  hasRoomAgain(nowMs: number): boolean {
    if (!this.overflowed || nowMs < this.#roomAgainMs) return false;
    if (this.#waiting > this.#waitingMax / 2) return false;
    const isRoomy = this.room() - this.#waiting >= Math.ceil(this.#places / 8);
    if (!isRoomy && !this.#turnedAway) return false;
    this.#turnedAway = false;
    // Where neighbours are full, too, asking them fills no places: the pauses grow.
    this.#roomAgainMs = nowMs + this.#roomPauseMs;
    this.#roomPauseMs = Math.min(ROOM_PAUSE_MAX_MS, 2 * this.#roomPauseMs);
    // A full table keeps its horizons: what is better than its worst is within them.
    if (!isRoomy) return true;
    this.overflowed = false;
    this.#metric = OPEN_METRIC;
    this.#lottery = OPEN_LOTTERY;
    this.#horizonChanges++;
    return true;
  }

  /** Neighbours have come or gone: what they know may well fill places that are free. */
  expectRoom(nowMs: number): void {
    this.#exempt.neighboursChanged();
    this.#horizonChanges++;
    this.#roomAgainMs = nowMs + ROOM_WAIT_MS;
    this.#roomPauseMs = TABLE_REPEAT_MS;
  }

  /** Nearest first, equally far ones by id. */
  byDistance(): Destination[] {
    return [...this.#destinations.values()].sort(
      (a, b) => a.metric - b.metric || (a.id < b.id ? -1 : 1),
    );
  }

  /** The landmarks among the origins that can be reached, lowest lottery value first. */
  landmarks(): readonly Destination[] {
    const lowest = this.#byLottery.values.slice(0, this.#budgets.landmarksMax);
    return lowest.filter(({ selected }) => selected !== undefined);
  }

  /** How many wait for their record, but for those that are kept beside the budgets. */
  get #waiting(): number {
    return this.unknown === 0 ? 0 : this.unknown - this.#exempt.count().unknown;
  }

  get #waitingMax(): number {
    return Math.min(UNKNOWN_MAX, Math.max(this.room(), this.#reserve, 1));
  }

  get #reserve(): number {
    return Math.floor(this.#places / UNKNOWN_SHARE);
  }

  get #places(): number {
    return this.#budgets.vicinityMax + this.#budgets.landmarksMax;
  }

  /** Places left before something has to go; negative where there are too many origins. */
  room(): number {
    const left = this.#places - (this.#destinations.size - this.unknown);
    if (left >= 0 && !this.overflowed) return left;
    return left + this.#exempt.count().proven;
  }

  #overflow(): void {
    this.overflowed = true;
    this.isPartOfMore = true;
  }

  #takeSlot(): number {
    const reused = this.#free.length > FREE_SLOTS_MIN ? this.#free.shift() : undefined;
    const slot = reused ?? this.#bySlot.length;
    if (reused === undefined) this.#bySlot.push(undefined);
    this.#generations[slot] = ((this.#generations[slot] ?? -1) + 1) & 0xff;
    return slot;
  }
}
