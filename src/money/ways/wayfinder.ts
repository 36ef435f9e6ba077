import { attempt } from "../../base/attempt.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../../identity/index.ts";
import type { Clock, Random, Timed } from "../../ports/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import { lineTerms } from "../line/index.ts";
import type { CurrencyId, LineDesk, LineId, LineView } from "../line-desk.ts";
import { type RouteAsk, type RoutePart, type Router, selectorOf } from "../payments/index.ts";
import { HOPS_MAX } from "../payments/limits.ts";
import { Gossip } from "../routing/gossip.ts";
import { hintLines } from "../routing/hint.ts";
import {
  ADVERT_SEQ_MAX,
  HINT_LINES_MAX,
  ROUTE_LINES_MAX,
  ROUTE_PARTS_MAX,
} from "../routing/limits.ts";
import { mapOf } from "../routing/map-of.ts";
import { decodeRoutingMessage, encodeRoutingMessage } from "../routing/messages.ts";
import { PaymentPlan } from "../routing/plan.ts";
import type { Hint, HintAsk, OwnLine, RoutingMessage } from "../routing/types.ts";
import { Vicinity } from "../routing/vicinity.ts";
import { GOSSIPS_MAX } from "./limits.ts";
import { Memory } from "./memory.ts";
import { canTakeIn, lentLine, ownLine } from "./own-lines.ts";
import { advertHolds, proveAdvert } from "./proof.ts";
import { RoutedPlan } from "./routed-plan.ts";

/** What a wayfinder is made of. */
export interface WayfinderOptions {
  readonly desk: Pick<LineDesk, "lines" | "line" | "tell">;
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether this device writes our half of a line. */
  readonly isOurs: (line: LineId) => boolean;
  /** Whether a line is not to be told of, nor lent to others. */
  readonly isHidden: (line: LineId) => boolean;
  /** X25519 key of the partner's device that writes a line, where it is known. */
  readonly keyOfPartner: (line: LineId) => Uint8Array | undefined;
  /** X25519 keys of people's devices that the mesh knows, of those who are asked for. */
  readonly keysInMesh: (people: ReadonlySet<PersonId>) => ReadonlyMap<PersonId, Uint8Array>;
  readonly isRevoked: (device: PeerId, person: PersonId) => boolean;
  /** Asks a payee for a hint; undefined: out of reach, or no answer. May answer at once. */
  readonly askHint: (
    payee: { readonly person: PersonId; readonly dhKey: Uint8Array },
    question: HintAsk,
    done: (hint: Hint | undefined) => void,
  ) => void;
  /** The name in onions of a line of others; computed from its people and currency where left out. */
  readonly selectorOf?: (from: PersonId, to: PersonId, currency: CurrencyId) => Uint8Array;
}

interface Currency {
  readonly gossip: Gossip;
  readonly memory: Memory;
}

/** All that a part needs of one search. */
interface Known {
  readonly ask: RouteAsk;
  readonly lines: readonly LineView[];
  readonly keys: ReadonlyMap<PersonId, Uint8Array>;
}

/**
 * Finds ways for payments with what partners tell of lines around, what the payee tells of those that lead
 * there, and what probes find: one gossip for each currency in which there are lines.
 */
export class Wayfinder implements Router, Timed {
  readonly #options: WayfinderOptions;
  readonly #self: PersonId;
  readonly #currencies = new Map<CurrencyId, Currency>();

  constructor(options: WayfinderOptions) {
    this.#options = options;
    this.#self = options.identity.person.personId;
  }

  /** A line is there, or has changed. */
  onLine({ currency, state }: LineView): void {
    const known = this.#currencies.get(currency);
    if (known !== undefined) {
      known.gossip.onLines();
      if (state !== "open" && this.#own(currency).length === 0) this.#currencies.delete(currency);
    } else if (state === "open" && this.#own(currency).length > 0) this.#open(currency);
  }

  /** What a line's partner is told from now on arrives. */
  onTalk(id: LineId): void {
    const line = this.#options.desk.line(id);
    if (line === undefined) return;
    this.onLine(line);
    this.#currencies.get(line.currency)?.gossip.onOpen(line.partner);
  }

  /** Takes in what a line's partner tells of lines; what is none of it is passed over. */
  onTold(id: LineId, bytes: Uint8Array): void {
    const line = this.#options.desk.line(id);
    const message = line === undefined ? undefined : readMessage(bytes);
    if (line === undefined || message === undefined) return;
    if (message.t === "hint" || message.t === "ask-hint") return;
    this.#currencies.get(line.currency)?.gossip.onMessage(line.partner, message);
  }

  plan(ask: RouteAsk, done: (plan: RoutedPlan | MoneyError) => void): void {
    const lines = this.#lines(ask.currency).filter(({ canPrepare }) => canPrepare >= 1);
    if (ask.payee === this.#self || lines.length === 0) {
      done(new MoneyError("no-route", "There is no line by which it could leave."));
      return;
    }
    const direct = lines.find(({ partner }) => partner === ask.payee);
    if (direct !== undefined && direct.canPrepare >= ask.amount) {
      done(this.#planFor(ask, undefined));
      return;
    }
    const { amount, currency, payee: person, payeeKey: dhKey, proof } = ask;
    const question = { t: "ask-hint", currency, amount, linesMax: HINT_LINES_MAX, proof } as const;
    this.#options.askHint({ person, dhKey }, question, (hint) => {
      const isHeard = hint === undefined || hint.currency === currency;
      if (isHeard && hint?.canTake !== false) done(this.#planFor(ask, hint));
      else done(new MoneyError("limit", "The payee's lines have no room for that much."));
    });
  }

  /** Probes have told already what there is to learn. */
  learn(): void {}

  /** Lines that lead to us, for somebody who has a request of ours. */
  hint({ amount, currency, linesMax }: HintAsk): Hint {
    const lines = this.#lines(currency);
    const room = lines.reduce((sum, line) => sum + canTakeIn(line), 0);
    const vicinity = this.#currencies.get(currency)?.gossip.vicinity;
    const canTake = room >= amount;
    const nothing = { t: "hint", currency, canTake, lines: [], keys: new Map() } as const;
    if (vicinity === undefined || !canTake) return nothing;
    const found = hintLines(this.#self, this.#own(currency), vicinity, linesMax);
    const keys = this.#keysOf(lines);
    for (const { from, to } of found) {
      for (const person of [from, to]) {
        const key = vicinity.of(person)?.dhKey;
        if (key !== undefined && !keys.has(person)) keys.set(person, key);
      }
    }
    keys.delete(this.#self);
    return { ...nothing, lines: found, keys };
  }

  /** What could come in by all our lines in a currency now, those that are hidden too. */
  roomIn(currency: CurrencyId): number {
    return this.#lines(currency).reduce((sum, line) => sum + canTakeIn(line), 0);
  }

  /** People whose adverts are here, and lines of which they tell. */
  known(currency: CurrencyId): { readonly people: number; readonly lines: number } {
    const { people = 0, lines = 0 } = this.#currencies.get(currency)?.gossip.vicinity ?? {};
    return { people, lines };
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { gossip } of this.#currencies.values()) {
      next = Math.min(next, gossip.nextDeadlineMs());
    }
    return next;
  }

  tick(): void {
    const { clock } = this.#options;
    // The clock is read after the deadline, which may be the time at which it was asked for.
    for (const { gossip } of this.#currencies.values()) {
      if (gossip.nextDeadlineMs() <= clock.monotonicMs()) gossip.tick();
    }
  }

  #open(currency: CurrencyId): void {
    if (this.#currencies.has(currency) || this.#currencies.size >= GOSSIPS_MAX) return;
    const { clock, desk, identity, isRevoked, random, suite } = this.#options;
    const gossip = new Gossip({
      self: this.#self,
      currency,
      dhKey: identity.dhKey.publicKey,
      firstSeq: Math.max(0, Math.min(ADVERT_SEQ_MAX, Math.floor(clock.wallMs()))),
      clock,
      random: random.fork(`lines ${currency}`),
      own: () => this.#own(currency),
      prove: (advert) => proveAdvert(identity, advert),
      holds: (origin, advert, proof) => advertHolds(suite, isRevoked, origin, advert, proof),
      tell: (partner, message) => {
        const line = this.#lines(currency).find((one) => one.partner === partner);
        return line !== undefined && desk.tell(line.id, encodeRoutingMessage(message));
      },
    });
    this.#currencies.set(currency, { gossip, memory: new Memory() });
  }

  #lines(currency: CurrencyId): LineView[] {
    const { desk, isOurs } = this.#options;
    return [...desk.lines()].filter(
      (line) => line.currency === currency && line.state === "open" && isOurs(line.id),
    );
  }

  #own(currency: CurrencyId): OwnLine[] {
    return this.#lines(currency).map((line) => lentLine(line, this.#options.isHidden(line.id)));
  }

  #keysOf(lines: readonly LineView[]): Map<PersonId, Uint8Array> {
    const keys = new Map<PersonId, Uint8Array>();
    for (const { id, partner } of lines) {
      const key = this.#options.keyOfPartner(id);
      if (key !== undefined) keys.set(partner, key);
    }
    return keys;
  }

  #planFor(ask: RouteAsk, hint: Hint | undefined): RoutedPlan {
    const { amount, currency, hints, partsMax, payee, payeeKey } = ask;
    const nowMs = this.#options.clock.monotonicMs();
    this.#open(currency);
    const { gossip, memory } = this.#currencies.get(currency) ?? {};
    const vicinity = gossip?.vicinity ?? new Vicinity();
    const lines = this.#lines(currency);
    const keys = new Map(hint?.keys);
    for (const { origin, dhKey } of vicinity.all()) keys.set(origin, dhKey);
    for (const [person, key] of this.#keysOf(lines)) keys.set(person, key);
    for (const { person, dhKey } of hints) keys.set(person, dhKey);
    for (const [person, key] of this.#options.keysInMesh(unknownIn(vicinity, hint, keys))) {
      keys.set(person, key);
    }
    keys.set(payee, payeeKey);
    const own = lines.map(ownLine);
    const told = hint?.lines ?? [];
    const map = mapOf(this.#self, own, vicinity, told, {
      payee,
      isUsable: (person) => keys.has(person),
    });
    for (const { person } of hints) {
      // What their line carries only the payee could tell.
      if (person !== this.#self) map.claim(person, payee, { guess: amount, most: AMOUNT_MAX });
    }
    memory?.apply(map, nowMs);
    const most = { partsMax: Math.min(partsMax, ROUTE_PARTS_MAX) };
    const request = { payee, amount, ...most, linesMax: Math.min(HOPS_MAX, ROUTE_LINES_MAX) };
    const plan = new PaymentPlan(map, request, (seen) => {
      if (seen.from !== this.#self) memory?.note(seen, this.#options.clock.monotonicMs());
    });
    return new RoutedPlan(plan, ({ amount: part, route }) =>
      this.#part({ ask, lines, keys }, route, part),
    );
  }

  #part(
    { ask, keys, lines }: Known,
    route: readonly PersonId[],
    amount: number,
  ): RoutePart | undefined {
    const { currency, hints, payee } = ask;
    const line = lines.find(({ partner }) => partner === route[1]);
    if (line === undefined) return undefined;
    const nodes: { readonly dhKey: Uint8Array; readonly next?: Uint8Array }[] = [];
    for (const [at, person] of route.slice(1).entries()) {
      const dhKey = keys.get(person);
      const after = route[at + 2];
      if (dhKey === undefined) return undefined;
      if (after === undefined) nodes.push({ dhKey });
      else {
        const named = after === payee ? hints.find((one) => one.person === person) : undefined;
        nodes.push({ dhKey, next: named?.selector ?? this.#selector(person, after, currency) });
      }
    }
    return { line: line.id, amount, delivers: amount, nodes };
  }

  #selector(from: PersonId, to: PersonId, currency: CurrencyId): Uint8Array {
    const { selectorOf: given, suite } = this.#options;
    return given?.(from, to, currency) ?? selectorOf(lineTerms(suite, from, to, currency).id);
  }
}

/** Those of whom lines are told, but not how to reach them by an onion. */
function unknownIn(
  vicinity: Vicinity,
  hint: Hint | undefined,
  keys: ReadonlyMap<PersonId, Uint8Array>,
): Set<PersonId> {
  const found = new Set<PersonId>();
  for (const { lines } of vicinity.all()) for (const { partner } of lines) found.add(partner);
  for (const { from, to } of hint?.lines ?? []) found.add(from).add(to);
  for (const person of [...found]) if (keys.has(person)) found.delete(person);
  return found;
}

function readMessage(bytes: Uint8Array): RoutingMessage | undefined {
  return attempt(() => decodeRoutingMessage(bytes)).value;
}
