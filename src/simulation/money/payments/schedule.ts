import { toBase32 } from "../../../base/base32.ts";
import { TypedError } from "../../../base/errors.ts";
import type { CryptoSuite, DhKey } from "../../../crypto/index.ts";
import { signInvoice } from "../../../money/payments/invoice.ts";
import type { Random } from "../../../ports/index.ts";
import { between, chance } from "../../dice.ts";
import { createToySuite } from "../../toy-suite.ts";
import { type Conspiracy, evilTwist, newConspiracy } from "./adversary.ts";
import {
  beyondLimits,
  type Deal,
  halfSettled,
  losses,
  stillLocked,
  unequalBooks,
} from "./judge.ts";
import { knownRouter } from "./known-router.ts";
import { Town, type TownWeather } from "./town.ts";

const LIFE_MS = 600_000;
const AFTER_MS = 1_800_000;

/** What one schedule has shown. */
export interface ScheduleResult {
  /** Broken invariants, each with its name; empty where all is well. */
  readonly faults: readonly string[];
  readonly deals: number;
  readonly paid: number;
  readonly crashes: number;
  readonly partitions: number;
  readonly lost: number;
  readonly doubled: number;
  readonly evil: number;
  readonly tricks: ReadonlyMap<string, number>;
}

/**
 * The toy suite with a Diffie-Hellman that several keys may be applied with in any order, as onions
 * need it. Protects nothing.
 */
export function toyPaymentSuite(real: Pick<CryptoSuite, "sha256">): CryptoSuite {
  const toy = createToySuite(real);
  const sum = (a: Uint8Array, b: Uint8Array): Uint8Array =>
    a.map((byte, at) => byte + (b[at] ?? 0));
  return {
    ...toy,
    dhKey: (secret): DhKey => {
      const publicKey = toy.sha256(secret);
      return { publicKey, dh: (theirs) => sum(publicKey, theirs) };
    },
  };
}

/** How a schedule is drawn. */
export interface ScheduleOptions {
  readonly suite: CryptoSuite;
  readonly seed: number;
  /** Evil people at most; 0: all are honest. */
  readonly evilMax: number;
}

/** One randomised schedule: a small town, bad weather, crashes, partitions, evil people, some payments. */
export function runSchedule(options: ScheduleOptions): ScheduleResult {
  return new Schedule(options).run();
}

class Schedule {
  readonly #random: Random;
  readonly #town: Town;
  readonly #plot: Conspiracy = newConspiracy();
  readonly #evil = new Set<number>();
  readonly #deals: Deal[] = [];
  readonly #faults: string[] = [];
  #partitions = 0;
  /** No more trouble comes from here on: what was drawn for later is left out. */
  #isHealed = false;

  constructor({ suite, seed, evilMax }: ScheduleOptions) {
    const dice = new Town({ seed, suite, size: 0, weather: CALM, router: knownRouter() });
    this.#random = dice.world.random.fork("schedule");
    const size = 3 + (this.#random.u32() % 5);
    const evil = evilMax === 0 ? 0 : this.#random.u32() % (Math.min(evilMax, size - 1) + 1);
    for (let count = 0; count < evil; count++) this.#evil.add(this.#random.u32() % size);
    const share = between(this.#random, 0.05, 0.6);
    this.#town = new Town({
      seed,
      suite,
      size,
      weather: drawWeather(this.#random),
      router: knownRouter(6),
      twist: (place) =>
        this.#evil.has(place) ? evilTwist(this.#plot, this.#random, share) : undefined,
    });
    this.#drawLines(size);
  }

  run(): ScheduleResult {
    const town = this.#town;
    town.start();
    this.#drawDeals();
    this.#drawTrouble();
    for (let step = 0; step < 8; step++) {
      town.world.run(between(this.#random, 1, 400));
      this.#look(beyondLimits(town, (place) => this.#isHonest(place)));
    }
    this.#heal();
    town.world.run(LIFE_MS + AFTER_MS);
    this.#judge();
    return {
      faults: this.#faults,
      deals: this.#deals.length,
      paid: this.#deals.filter(({ invoice, payer }) => this.#hasReceipt(payer, invoice.hash))
        .length,
      crashes: town.counters.crashes,
      partitions: this.#partitions,
      lost: town.counters.lost,
      doubled: town.counters.doubled,
      evil: this.#evil.size,
      tricks: this.#plot.tricks,
    };
  }

  #isHonest(place: number): boolean {
    return !this.#evil.has(place);
  }

  #hasReceipt(place: number, hash: Uint8Array): boolean {
    return this.#town.payments(place).receipt(toBase32(hash)) !== undefined;
  }

  #look(faults: readonly string[]): void {
    this.#faults.push(...faults);
  }

  /** A ring, so that there is a way round each one, and some lines across. */
  #drawLines(size: number): void {
    const limit = () => 20 + (this.#random.u32() % 400);
    for (let place = 0; place < size; place++) {
      this.#town.line(place, (place + 1) % size, limit(), limit());
    }
    for (let extra = this.#random.u32() % (size + 1); extra > 0; extra--) {
      const [a, b] = [this.#random.u32() % size, this.#random.u32() % size];
      if (a !== b) this.#town.line(a, b, limit(), limit());
    }
  }

  #drawDeals(): void {
    const { nodes } = this.#town;
    for (let count = 1 + (this.#random.u32() % 3); count > 0; count--) {
      const payer = this.#random.u32() % nodes.length;
      const payee = (payer + 1 + (this.#random.u32() % (nodes.length - 1))) % nodes.length;
      const amount = 1 + (this.#random.u32() % 200);
      const deal = this.#ask(payer, payee, amount);
      this.#deals.push(deal);
      this.#town.world.after(between(this.#random, 0, 500), () => this.#pay(deal));
    }
  }

  #ask(payer: number, payee: number, amount: number): Deal {
    const { suite, world } = this.#town;
    if (this.#isHonest(payee)) {
      const invoice = this.#town.request(payee, amount, "hours", LIFE_MS);
      return { invoice, payer, payee, isExchanged: false };
    }
    // All friends of an evil payee know the preimage from the beginning.
    const preimage = this.#random.bytes(32);
    const hash = suite.sha256(preimage);
    this.#plot.preimages.set(toBase32(hash), preimage);
    const terms = { amount, currency: "hours", hash, memo: "", hints: [] };
    const expiresAtMs = world.clock.wallMs() + LIFE_MS;
    const { identity } = this.#town.node(payee);
    const invoice = signInvoice(suite, identity, { ...terms, expiresAtMs });
    return { invoice, payer, payee, isExchanged: false };
  }

  #pay({ invoice, payer }: Deal): void {
    try {
      if (this.#town.isRunning(payer)) this.#town.payments(payer).pay(invoice);
      this.#town.wake(payer);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
    }
  }

  #drawTrouble(): void {
    const { world, nodes, lines } = this.#town;
    for (const node of nodes) {
      if (!chance(this.#random, 0.4)) continue;
      const at = node.disk.writes + 1 + (this.#random.u32() % 12);
      const whenWanted = chance(this.#random, 0.5) ? "before" : "after";
      node.disk.crashes = (when, write) => when === whenWanted && write === at;
      if (chance(this.#random, 0.2)) {
        world.after(between(this.#random, 0, 900), () => {
          if (!this.#isHealed) node.disk.failNext++;
        });
      }
    }
    for (const line of lines.values()) {
      if (!chance(this.#random, 0.3)) continue;
      this.#partitions++;
      world.after(between(this.#random, 0, 900), () => {
        if (!this.#isHealed) this.#town.setLink(line, false);
      });
      if (chance(this.#random, 0.5)) {
        world.after(between(this.#random, 900, 3_000), () => this.#town.setLink(line, true));
      }
    }
  }

  #heal(): void {
    const town = this.#town;
    this.#isHealed = true;
    for (const node of town.nodes) {
      node.disk.crashes = () => false;
      node.disk.failNext = 0;
    }
    for (const line of town.lines.values()) town.setLink(line, true);
    town.world.run(2_000);
    for (const { place } of town.nodes) if (!town.isRunning(place)) town.startNode(place);
    town.world.run(100);
  }

  #judge(): void {
    const isHonest = (place: number) => this.#isHonest(place);
    this.#look(unequalBooks(this.#town, isHonest));
    this.#look(beyondLimits(this.#town, isHonest));
    this.#look(losses(this.#town, this.#deals, isHonest));
    if (this.#evil.size > 0) return;
    this.#look(stillLocked(this.#town));
    this.#look(halfSettled(this.#town, this.#deals));
  }
}

const CALM: TownWeather = {
  latencyMs: 1,
  jitterMs: 0,
  lossShare: 0,
  doubleShare: 0,
  diskMs: 1,
  againMs: 1_000,
};

function drawWeather(random: Random): TownWeather {
  return {
    latencyMs: Math.floor(between(random, 1, 60)),
    jitterMs: Math.floor(between(random, 0, 120)),
    lossShare: between(random, 0, 0.3),
    doubleShare: between(random, 0, 0.2),
    diskMs: Math.floor(between(random, 1, 10)),
    againMs: 400,
  };
}
