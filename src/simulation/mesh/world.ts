import { must } from "../../base/errors.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Clock, Random } from "../../ports/index.ts";
import type { RecordReader, Router } from "../../routing/index.ts";
import { testIdentity, testRandom } from "../../testing/fixtures.ts";
import { SimulationError } from "../errors.ts";
import { RESTLESS_TICKS_MAX } from "../limits.ts";
import { createRecordReader } from "../shared-records.ts";
import {
  EVENT_ACTION,
  EVENT_CONTROL,
  EVENT_PACKET,
  EVENT_WAKE,
  EventQueue,
  type MeshEvent,
} from "./event-queue.ts";
import { LinkPorts } from "./link-ports.ts";
import { Place } from "./place.ts";
import { Side } from "./side.ts";
import {
  type Carried,
  type LinkTraits,
  type MeshEvents,
  type MeshOptions,
  nothingCarried,
  type Trip,
} from "./types.ts";

/** Wall time at the start: 2024-01-01T00:00:00Z. */
const EPOCH_MS = 1_704_067_200_000;

/**
 * Many of the product's own routers, and sessions above them where asked, joined by virtual links
 * that keep the link room's contract without its cryptography. Time is virtual, and the same seed
 * and calls give the same run. Light enough for 16,384 peers.
 */
export class MeshWorld {
  readonly seed: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly places: readonly Place[];
  /** Events run so far. */
  executed = 0;
  /** Who watches; may be changed at any time. */
  events: Partial<MeshEvents> = {};
  /** A fingerprint of all that has happened, in order. */
  readonly trace: Uint32Array = Uint32Array.of(1, 2);
  readonly #options: MeshOptions;
  readonly #queue = new EventQueue();
  readonly #ports: LinkPorts;
  readonly #readRecord: RecordReader;
  readonly #numbers = new Map<PeerId, number>();
  /** Places whose next wake-up must be looked up before time passes. */
  readonly #stirred = new Set<Place>();
  /** What waits while packets alone may move, and the packets under way then. */
  #held: { readonly packets: MeshEvent[]; readonly rest: [number, MeshEvent][] } | undefined;
  #nowMs = 0;

  constructor(options: MeshOptions) {
    this.#options = options;
    this.seed = options.seed;
    this.#readRecord = createRecordReader(options.suite);
    this.random = testRandom(`mesh ${options.seed}`);
    this.clock = {
      monotonicMs: () => this.#nowMs,
      wallMs: () => EPOCH_MS + Math.floor(this.#nowMs),
    };
    this.#ports = new LinkPorts({
      random: this.random.fork("links"),
      nowMs: () => this.#nowMs,
      schedule: (atMs, event) => this.#schedule(atMs, event),
      onLost: (place, trip) => this.events.onLost?.(place, trip),
    });
    this.places = Array.from({ length: options.size }, (_, number) => this.#newPlace(number));
    for (const place of this.places) this.#numbers.set(place.id, place.number);
    for (const place of this.places) place.begin();
  }

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** @throws AssertionError where there is no such place */
  place(number: number): Place {
    return must(this.places[number], "a place of this number");
  }

  /** The router of somebody who is there. @throws SimulationError("bad-plan") where nobody is */
  router(number: number): Router {
    const { router } = this.place(number);
    if (router !== undefined) return router;
    throw new SimulationError("bad-plan", `Nobody is at place ${number}.`);
  }

  /** The number of the place where a peer lives; -1 where nobody of that name does. */
  placeOf(id: PeerId): number {
    return this.#numbers.get(id) ?? -1;
  }

  /** One direction of a link, up or not. @throws SimulationError("bad-plan") where it never was */
  side(from: number, to: number): Side {
    const side = this.place(from).sides.get(this.place(to).id);
    if (side !== undefined) return side;
    throw new SimulationError("bad-plan", `${from} and ${to} were never linked.`);
  }

  /** Lays a link, or mends one that was cut and noticed. */
  join(a: number, b: number, traits: LinkTraits): void {
    const [there, back] = this.#sidesOf(a, b);
    there.wire.connected = true;
    there.wire.epoch++;
    there.lay(traits, traits.cost, this.#nowMs);
    back.lay(traits, traits.costBack ?? traits.cost, this.#nowMs);
    for (const side of [there, back]) {
      this.act(side.from, (place) => place.router?.linkEvents.onNeighbourUp(side.info));
    }
  }

  /** Cuts a link; each side notices after so many milliseconds, 0: at once. */
  cut(a: number, b: number, noticeMsA = 0, noticeMsB: number = noticeMsA): void {
    const there = this.side(a, b);
    const { wire } = there;
    wire.connected = false;
    const { epoch } = wire;
    for (const [side, delayMs] of [
      [there, noticeMsA],
      [this.side(b, a), noticeMsB],
    ] as const) {
      const notice = (): void => {
        if (!side.up || wire.epoch !== epoch) return;
        side.up = false;
        this.act(side.from, (place) => place.router?.linkEvents.onNeighbourDown(side.id, "cut"));
      };
      if (delayMs === 0) notice();
      else this.after(delayMs, notice);
    }
  }

  /** Changes what `from` thinks of its link to `to`. */
  change(from: number, to: number, change: { cost?: number; suspect?: boolean }): void {
    const side = this.side(from, to);
    side.change(change, this.#nowMs);
    if (!side.up) return;
    this.act(from, (place) => place.router?.linkEvents.onNeighbourChanged(side.info));
  }

  /** The peer at a place is gone from one moment to the next; others notice after so long. */
  leave(number: number, noticeMs = 0): void {
    const place = this.place(number);
    place.end();
    for (const side of place.sides.values()) if (side.up) this.cut(side.to, number, noticeMs, 0);
  }

  /** Somebody lives there again, with the old keys; links are to be laid anew. */
  come(number: number): void {
    this.place(number).begin();
    this.act(number, () => {});
  }

  /** Something is done with a place that may make it act: what follows from it is seen to. */
  act(number: number, use: (place: Place) => void): void {
    const place = this.place(number);
    use(place);
    this.#stirred.add(place);
    this.events.onStep?.(number);
  }

  /** Plans something for later. */
  after(delayMs: number, run: () => void): void {
    const event = { kind: EVENT_ACTION, place: -1, side: undefined, epoch: 0, head: undefined };
    this.#schedule(this.#nowMs + delayMs, { ...event, payload: undefined, trip: undefined, run });
  }

  /** Lets virtual time pass. */
  run(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      this.#planWakes();
      const atMs = this.#queue.nextMs();
      if (atMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, atMs);
      for (const event of this.#queue.take()) this.#execute(event);
    }
    this.#nowMs = endMs;
  }

  /**
   * Lets time pass until `condition` holds, looking every `stepMs`.
   * @returns virtual milliseconds it took, or undefined where `limitMs` passed before
   */
  runUntil(condition: () => boolean, limitMs: number, stepMs = 10): number | undefined {
    const startMs = this.#nowMs;
    while (!condition()) {
      if (this.#nowMs - startMs >= limitMs) return undefined;
      this.run(stepMs);
    }
    return this.#nowMs - startMs;
  }

  /**
   * Lets time pass until no control message has been sent for `quietMs`.
   * @returns virtual ms until the last one, or undefined where `limitMs` passed before
   */
  settle(quietMs = 20_000, limitMs = 600_000): number | undefined {
    const startMs = this.#nowMs;
    let [sent, sinceMs] = [this.#ports.controlMessages, startMs];
    while (this.#nowMs - sinceMs < quietMs) {
      if (this.#nowMs - startMs >= limitMs) return undefined;
      this.run(1_000);
      if (this.#ports.controlMessages === sent) continue;
      [sent, sinceMs] = [this.#ports.controlMessages, this.#nowMs];
    }
    return sinceMs - startMs;
  }

  /**
   * Does something, and lets packets arrive at once, before any control message, wake-up or
   * passing of time: what routers do with what they know at this very moment.
   * @throws SimulationError("bad-plan") inside itself
   */
  packetsOnly(use: () => void): void {
    if (this.#held !== undefined)
      throw new SimulationError("bad-plan", "Time stands still already.");
    const held = { packets: [] as MeshEvent[], rest: [] as [number, MeshEvent][] };
    this.#held = held;
    use();
    // More come while these are looked at.
    for (const event of held.packets) this.#execute(event);
    this.#held = undefined;
    for (const [atMs, event] of held.rest) this.#queue.add(atMs, event);
  }

  /** The trip of the packet that is just being delivered at a place. */
  tripUnderWay(place: number): Trip {
    return this.#ports.tripUnderWay(place);
  }

  /** What all links have carried since the start. */
  carried(): Carried {
    const sum = nothingCarried();
    for (const { sides } of this.places) {
      for (const { carried } of sides.values()) {
        sum.controlMessages += carried.controlMessages;
        sum.controlBytes += carried.controlBytes;
        sum.packets += carried.packets;
        sum.packetBytes += carried.packetBytes;
      }
    }
    return sum;
  }

  /** How many links are whole and known as such at both ends. */
  linkCount(): number {
    let count = 0;
    for (const { sides } of this.places) for (const { up } of sides.values()) if (up) count++;
    return count / 2;
  }

  #newPlace(number: number): Place {
    const { suite, seed, size, router, onSession } = this.#options;
    const place: Place = new Place({
      ...{ number, suite, size, clock: this.clock },
      ...(onSession === undefined ? {} : { onSession }),
      identity: testIdentity(suite, `mesh ${seed} place ${number}`),
      random: this.random.fork(`place ${number}`),
      budgets: { readRecord: this.#readRecord, ...router?.(number) },
      link: this.#ports.portOf(() => place),
      placeOf: (id) => this.placeOf(id),
      onPacket: (payload) => {
        this.events.onDelivered?.(number, payload, this.tripUnderWay(number));
      },
      onReachable: (id) => this.events.onReachable?.(number, id),
      onUnreachable: (id) => this.events.onUnreachable?.(number, id),
    });
    return place;
  }

  #sidesOf(a: number, b: number): readonly [Side, Side] {
    const [first, second] = [this.place(a), this.place(b)];
    const there = first.sides.get(second.id);
    const back = second.sides.get(first.id);
    if (there !== undefined && back !== undefined) return [there, back];
    const wire = { connected: false, epoch: 0 };
    const sides = [new Side(a, b, second.id, wire), new Side(b, a, first.id, wire)] as const;
    first.sides.set(second.id, sides[0]);
    second.sides.set(first.id, sides[1]);
    return sides;
  }

  #schedule(atMs: number, event: MeshEvent): void {
    if (this.#held === undefined) this.#queue.add(atMs, event);
    else if (event.kind === EVENT_PACKET) this.#held.packets.push(event);
    else this.#held.rest.push([atMs, event]);
  }

  #execute(event: MeshEvent): void {
    this.executed++;
    this.#leaveTrace(event);
    const { kind, side, run } = event;
    if (kind === EVENT_ACTION) run?.();
    else if (kind === EVENT_WAKE) this.#wake(this.place(event.place));
    else if (side?.wire.connected === true && side.wire.epoch === event.epoch) {
      this.#arrive(event, side);
    } else if (event.trip !== undefined) {
      this.events.onLost?.(event.place, event.trip);
    }
  }

  #arrive(event: MeshEvent, side: Side): void {
    const { kind, head, payload, trip } = event;
    const place = this.place(side.to);
    const events = place.router?.linkEvents;
    const from = this.place(side.from).id;
    if (events === undefined || head === undefined) return;
    if (kind === EVENT_CONTROL) events.onControl(from, head);
    else if (payload !== undefined && trip !== undefined) {
      if (this.#ports.swallows(place, head)) {
        this.events.onLost?.(place.number, trip);
        return;
      }
      this.#ports.carry(payload, trip, () => events.onPacket(from, head, payload));
    }
    this.#stirred.add(place);
    if (kind === EVENT_CONTROL) this.events.onStep?.(place.number);
  }

  #wake(place: Place): void {
    if (place.wakeAtMs !== this.#nowMs) return;
    place.wakeAtMs = Number.POSITIVE_INFINITY;
    place.tick();
    this.#stirred.add(place);
    this.events.onStep?.(place.number);
  }

  /** Plans the next wake-up of every place that has done something; one pending one is enough. */
  #planWakes(): void {
    for (const place of this.#stirred) {
      this.#stirred.delete(place);
      const dueMs = Math.max(this.#nowMs, place.nextDeadlineMs());
      place.restlessTicks = dueMs > this.#nowMs ? 0 : place.restlessTicks + 1;
      if (place.restlessTicks > RESTLESS_TICKS_MAX) {
        const words = `Seed ${this.seed}, place ${place.number} at ${this.#nowMs} ms is restless.`;
        throw new SimulationError("defect", words);
      }
      if (!(dueMs < place.wakeAtMs)) continue;
      place.wakeAtMs = dueMs;
      this.#queue.add(dueMs, wakeEvent(place.number));
    }
  }

  #leaveTrace({ kind, place, side, head }: MeshEvent): void {
    const [a = 0, b = 0] = this.trace;
    const at = Math.imul(kind + 1, 0x9e3779b1) ^ (side?.from ?? place) ^ ((side?.to ?? 0) << 16);
    const mixed =
      Math.imul(a ^ at ^ (head?.length ?? 0), 0x85ebca6b) ^ Math.floor(this.#nowMs * 64);
    this.trace[0] = b;
    this.trace[1] = mixed ^ (mixed >>> 13) ^ (a >>> 3);
  }
}

function wakeEvent(place: number): MeshEvent {
  const nothing = { side: undefined, head: undefined, payload: undefined, trip: undefined };
  return { kind: EVENT_WAKE, place, epoch: 0, ...nothing, run: undefined };
}
