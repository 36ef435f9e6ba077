import { toBase32 } from "../../../base/base32.ts";
import { equalBytes } from "../../../base/bytes.ts";
import { must } from "../../../base/errors.ts";
import type { CryptoSuite } from "../../../crypto/index.ts";
import type { PersonId } from "../../../identity/index.ts";
import type { LineEvents, LineId } from "../../../money/line-desk.ts";
import {
  isPaymentMessage,
  type PaymentState,
  type Router,
  selectorOf,
} from "../../../money/payments/index.ts";
import { decodeRoutingMessage, encodeRoutingMessage } from "../../../money/routing/messages.ts";
import type { Hint, HintAsk } from "../../../money/routing/types.ts";
import { decodeQuestion, encodeQuestion } from "../../../money/ways/protocol.ts";
import { Wayfinder } from "../../../money/ways/wayfinder.ts";
import { FAIR_WEATHER, Town, type TownNode, type TownWeather } from "./town.ts";

/** How a village is made. */
export interface VillageOptions {
  readonly seed: number;
  readonly suite: CryptoSuite;
  readonly size: number;
  readonly weather?: TownWeather;
}

/** What was said in a village, by what it was for. */
export interface VillageCounters {
  /** Reservations, answers and letting go, each over one line. */
  probes: number;
  /** Questions to payees over the mesh, and their answers. */
  hints: number;
  hintBytes: number;
  /** Adverts and what is said about them, each over one line. */
  gossip: number;
  gossipBytes: number;
}

/** What became of one payment. */
export interface VillagePayment {
  readonly state: PaymentState | "none";
  readonly why: string | undefined;
  /** Messages for it before and after it was locked, hints among them. */
  readonly messages: number;
}

const STEP_MS = 50;
/** How long a payment is watched at most, and how long adverts take to be everywhere. */
const PAYMENT_MS = 120_000;
const SETTLE_MS = 130_000;

/**
 * A town in which nobody knows more of others than gossip, hints and probes tell: the wayfinders are the real ones,
 * the bytes too, only lines and sessions are simulated.
 */
export class Village {
  readonly town: Town;
  readonly counters: VillageCounters = {
    ...{ probes: 0, hints: 0, hintBytes: 0, gossip: 0, gossipBytes: 0 },
  };
  /** Lines that are hidden. */
  readonly hidden: Set<LineId> = new Set();
  /** Who is in which part of the mesh, where it is not whole. */
  readonly parts: Map<number, number> = new Map();
  readonly #finders = new Map<number, Wayfinder>();
  readonly #wakes = new Map<number, number>();
  readonly #latencyMs: number;

  constructor({ seed, suite, size, weather = FAIR_WEATHER }: VillageOptions) {
    this.#latencyMs = weather.latencyMs;
    this.town = new Town({
      ...{ seed, suite, size, weather },
      isHidden: (line) => this.hidden.has(line),
      router: (_, place) => this.#routerOf(place),
      twist: (place) => (desk, node) => {
        this.#finders.set(place, this.#finder(node));
        return { desk, hear: (events) => this.#hear(place, events) };
      },
    });
    this.town.onTold = (_line, _from, bytes) => this.#count(bytes);
  }

  /** Starts everybody, and lets adverts go round. */
  start(): void {
    this.town.start();
    for (const { place } of this.town.nodes) {
      for (const { id } of this.town.linesAt[place] ?? []) this.#onLine(place, id);
    }
    this.settle();
  }

  /** Lets adverts go round. */
  settle(): void {
    this.town.world.run(SETTLE_MS);
  }

  finder(place: number): Wayfinder {
    return must(this.#finders.get(place), "the node runs");
  }

  /** One pays another, from the request to the end or until nothing more happens for two minutes. */
  pay(from: number, to: number, amount: number): VillagePayment {
    const before = this.counters.probes + this.counters.hints;
    const invoice = this.town.request(to, amount);
    const id = toBase32(invoice.hash);
    const payments = this.town.payments(from);
    payments.pay(invoice);
    this.town.wake(from);
    const result = (): VillagePayment => {
      const messages = this.counters.probes + this.counters.hints - before;
      const view = payments.payment(id);
      if (payments.receipt(id) !== undefined) return { state: "paid", why: undefined, messages };
      return { state: view?.state ?? "none", why: view?.why, messages };
    };
    const endMs = this.town.world.nowMs + PAYMENT_MS;
    while (this.town.world.nowMs < endMs) {
      this.town.world.run(STEP_MS);
      this.town.wake(from);
      if (["paid", "failed"].includes(result().state)) break;
    }
    this.town.world.run(20 * this.#latencyMs);
    return result();
  }

  #routerOf(place: number): Router {
    return {
      plan: (ask, done) => this.finder(place).plan(ask, done),
      learn() {},
    };
  }

  #finder({ identity, place, random }: TownNode): Wayfinder {
    const { suite, world } = this.town;
    const lineOf = (id: LineId) => must(this.town.lines.get(id), "a line of the town");
    return new Wayfinder({
      ...{ identity, suite, clock: world.clock, random: random.fork("ways") },
      desk: {
        lines: () => this.town.node(place).desk?.lines() ?? [],
        line: (id) => this.town.node(place).desk?.line(id),
        tell: (id, message) => this.town.node(place).desk?.tell(id, message) ?? false,
      },
      isOurs: () => true,
      isHidden: (line) => this.hidden.has(line),
      keyOfPartner: (id) => {
        const line = lineOf(id);
        const partner = this.town.node(line.a === place ? line.b : line.a);
        return partner.identity.dhKey.publicKey;
      },
      keysInMesh: (people) => {
        const near = this.town.nodes.filter(
          ({ place: at, identity: { person } }) =>
            people.has(person.personId) && this.parts.get(at) === this.parts.get(place),
        );
        return new Map(near.map(({ identity: own }) => [own.person.personId, own.dhKey.publicKey]));
      },
      isRevoked: () => false,
      askHint: (payee, question, done) => this.#ask(place, payee.dhKey, question, done),
      selectorOf: (from, to) => this.#selector(from, to),
    });
  }

  #selector(from: PersonId, to: PersonId): Uint8Array {
    for (const { place, identity } of this.town.nodes) {
      if (identity.person.personId !== from) continue;
      for (const line of this.town.linesAt[place] ?? []) {
        const other = this.town.node(line.a === place ? line.b : line.a);
        if (other.identity.person.personId === to) return selectorOf(line.id);
      }
    }
    return new Uint8Array(6);
  }

  /** Asks a payee over the mesh: bytes there, bytes back, nothing where the mesh is cut. */
  #ask(
    from: number,
    payeeKey: Uint8Array,
    question: HintAsk,
    done: (hint: Hint | undefined) => void,
  ): void {
    const { nodes, world } = this.town;
    const target = nodes.find(({ identity }) => equalBytes(identity.dhKey.publicKey, payeeKey));
    const isCut = target === undefined || this.parts.get(from) !== this.parts.get(target.place);
    if (isCut || target.payments === undefined) {
      world.after(1, () => this.#then(from, () => done(undefined)));
      return;
    }
    const bytes = encodeQuestion(question);
    this.counters.hints++;
    world.after(this.#latencyMs, () => {
      const asked = decodeQuestion(bytes);
      if (asked?.t !== "ask-hint") return;
      const isKnown = target.payments?.currencyAsked(asked.proof) === asked.currency;
      const hint = isKnown
        ? encodeRoutingMessage(this.finder(target.place).hint(asked))
        : undefined;
      this.counters.hints++;
      this.counters.hintBytes += bytes.length + (hint?.length ?? 0);
      world.after(this.#latencyMs, () =>
        this.#then(from, () => {
          const found = hint === undefined ? undefined : decodeRoutingMessage(hint);
          done(found?.t === "hint" ? found : undefined);
        }),
      );
    });
  }

  #then(place: number, act: () => void): void {
    act();
    this.town.wake(place);
  }

  #hear(place: number, events: LineEvents): LineEvents {
    const after = (id: LineId, act: () => void): void => {
      act();
      this.#onLine(place, id);
    };
    return {
      onLine: (view) => events.onLine(view),
      onPaid: (id, amount, memo, at) => after(id, () => events.onPaid(id, amount, memo, at)),
      onPrepared: (id, lock) => after(id, () => events.onPrepared(id, lock)),
      onFulfilled: (id, lock, preimage) => after(id, () => events.onFulfilled(id, lock, preimage)),
      onCancelled: (id, lock, reason) => after(id, () => events.onCancelled(id, lock, reason)),
      onTold: (id, bytes) => {
        if (isPaymentMessage(bytes)) events.onTold(id, bytes);
        else this.#finders.get(place)?.onTold(id, bytes);
        this.#wake(place);
      },
      onReach: (id, isInReach) => {
        events.onReach(id, isInReach);
        if (isInReach) this.#finders.get(place)?.onTalk(id);
        this.#wake(place);
      },
    };
  }

  #onLine(place: number, id: LineId): void {
    const view = this.town.node(place).desk?.line(id);
    if (view !== undefined) this.#finders.get(place)?.onLine(view);
    this.#wake(place);
  }

  #wake(place: number): void {
    const { world } = this.town;
    const dueMs = this.#finders.get(place)?.nextDeadlineMs() ?? Number.POSITIVE_INFINITY;
    const already = this.#wakes.get(place) ?? Number.POSITIVE_INFINITY;
    if (!Number.isFinite(dueMs) || (dueMs >= already && already > world.nowMs)) return;
    this.#wakes.set(place, dueMs);
    world.after(Math.max(1, dueMs - world.nowMs), () => {
      if (this.#wakes.get(place) !== dueMs) return;
      this.#wakes.delete(place);
      this.#finders.get(place)?.tick();
      this.#wake(place);
    });
  }

  #count(bytes: Uint8Array): void {
    if (isPaymentMessage(bytes)) this.counters.probes++;
    else {
      this.counters.gossip++;
      this.counters.gossipBytes += bytes.length;
    }
  }
}
