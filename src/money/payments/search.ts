import { finalPayload, forwardPayload } from "./layer.ts";
import { HOPS_MAX, PROBES_MAX, RESERVE_WAIT_MS } from "./limits.ts";
import { encodePaymentMessage, LOCK_ID_BYTES } from "./messages.ts";
import { repeatedAt } from "./onion.ts";
import { OnionRuns } from "./onion-runs.ts";
import type { PaymentsContext } from "./options.ts";
import type { OwnParts } from "./own-parts.ts";
import type { OwnPart, OwnPayment } from "./payer-types.ts";
import type { RouteProbe, RouteResult, RouteStep } from "./router.ts";
import type { PaymentView } from "./types.ts";

/** What the search for ways needs of the payer. */
export interface SearchHost {
  readonly context: PaymentsContext;
  readonly allParts: OwnParts;
  /** What others have reserved on a line. */
  reservedOn(line: string): number;
  isUnderWay(payment: OwnPayment): boolean;
  giveUp(payment: OwnPayment, why: PaymentView["why"]): void;
  lockAll(payment: OwnPayment, chosen: Extract<RouteStep, { readonly t: "pay" }>["parts"]): void;
  letGo(payment: OwnPayment, part: OwnPart): void;
  drop(payment: OwnPayment, part: OwnPart): void;
  tell(payment: OwnPayment): void;
}

/** Has ways reserved as a plan says, until it says what to pay with. */
export class Search {
  readonly #host: SearchHost;
  readonly #onions: OnionRuns;

  constructor(host: SearchHost) {
    this.#host = host;
    const { clock, random, suite } = host.context;
    this.#onions = new OnionRuns(suite, random, clock);
  }

  /** Takes in what came of a reservation. */
  result(payment: OwnPayment, result: RouteResult): void {
    const { plan } = payment;
    if (plan === undefined || plan === "asked") return;
    this.step(payment, plan.onResult(result));
  }

  /** Does what the plan says. */
  step(payment: OwnPayment, step: RouteStep): void {
    if (step.t === "wait") return;
    for (const part of [...payment.parts.values()]) {
      const isLeft = part.state === "reserving" || part.state === "reserved";
      if (!isLeft || !step.release.includes(part.probe)) continue;
      this.#host.letGo(payment, part);
    }
    if (step.t === "probe") this.#reserve(payment, step.probes);
    else if (step.t === "pay") this.#host.lockAll(payment, step.parts);
    else this.#host.giveUp(payment, payment.why ?? "no-route");
  }

  #reserve(payment: OwnPayment, probes: readonly RouteProbe[]): void {
    const isUsable = probes.every(({ least, part: { amount, nodes } }) => {
      return nodes.length >= 1 && nodes.length <= HOPS_MAX && least >= 1 && least <= amount;
    });
    if (!isUsable || probes.length === 0 || probes.length > PROBES_MAX) {
      this.#host.giveUp(payment, "no-route");
      return;
    }
    payment.dueMs = this.#host.context.clock.monotonicMs() + RESERVE_WAIT_MS;
    const { plan } = payment;
    const sound = probes.filter(({ part }) => repeatedAt(part.nodes) === undefined);
    // All are entered before the first is told: an answer may come at once.
    const parts = sound.map((probe) => ({ probe, part: this.#addPart(payment, probe) }));
    for (const { part, probe } of parts) {
      if (part.state !== "reserving" || !this.#host.allParts.has(part)) continue;
      this.#ask(payment, part, probe.least);
    }
    for (const { id, part } of probes) {
      const at = repeatedAt(part.nodes);
      if (at === undefined || payment.plan !== plan) continue;
      // Somebody says that another one's key is theirs: as if the second of them had refused.
      const granted = new Array<number>(at).fill(part.amount);
      this.result(payment, { id, granted, isHeld: false });
    }
    if (this.#host.isUnderWay(payment)) this.#host.tell(payment);
  }

  #ask(payment: OwnPayment, part: OwnPart, least: number): void {
    const { lockId: id, onion } = part;
    const free = this.#freeOn(part);
    const amount = Math.min(part.amount, free);
    if (amount < least) {
      this.#host.drop(payment, part);
      payment.why = "limit";
      this.result(payment, { id: part.probe, granted: [Math.max(0, free)], isHeld: false });
      return;
    }
    this.#host.allParts.change(part, { amount });
    const message = encodePaymentMessage({ t: "reserve", id, amount, least, onion });
    if (this.#host.context.desk.tell(part.line, message)) return;
    // Out of reach: locked without asking first, with all that those on the way must know.
    this.#host.allParts.change(part, { state: "reserved" });
    const granted = (part.route?.nodes ?? []).map(() => amount);
    this.result(payment, { id: part.probe, granted, isHeld: true });
  }

  /** What is free on a part's line: what others and this peer's other parts have reserved is not. */
  #freeOn(part: OwnPart): number {
    let free = this.#host.context.desk.line(part.line)?.canPrepare ?? 0;
    free -= this.#host.reservedOn(part.line);
    // It is among those that wait itself.
    return free - this.#host.allParts.waitingOn(part.line) + part.amount;
  }

  #addPart(payment: OwnPayment, { id: probe, part: route }: RouteProbe): OwnPart {
    const { clock, random } = this.#host.context;
    const { proof } = payment.record.invoice;
    const hops = route.nodes.map(({ dhKey, next, rate }) => ({
      dhKey,
      payload: next === undefined ? finalPayload(proof) : forwardPayload(next, rate),
    }));
    const part: OwnPart = {
      payment: payment.id,
      line: route.line,
      lockId: random.bytes(LOCK_ID_BYTES),
      amount: route.amount,
      delivers: route.delivers,
      probe,
      route,
      // What was refused before may have been an onion of a run, which peers of before cannot read.
      onion: this.#onions.wrap(hops, payment.tries > 1),
      state: "reserving",
      sinceMs: clock.monotonicMs(),
    };
    payment.parts.add(part);
    this.#host.allParts.add(part);
    return part;
  }
}
