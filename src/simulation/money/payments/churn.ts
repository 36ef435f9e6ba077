import { TypedError } from "../../../base/errors.ts";
import type { CryptoSuite } from "../../../crypto/index.ts";
import { type Invoice, type RoutePart, SimplePlan } from "../../../money/payments/index.ts";
import type { Random } from "../../../ports/index.ts";
import { between, chance } from "../../dice.ts";
import { bookOf } from "./judge.ts";
import { partOver } from "./known-router.ts";
import { Town, type TownLine } from "./town.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const PARTITIONS = 5;
const NEIGHBOURS = 5;
const LIMIT = 200;
const WAY_MAX = 4;

/** How large a neighbourhood with churn is. */
export interface ChurnOptions {
  readonly suite: CryptoSuite;
  readonly seed: number;
  readonly size: number;
  readonly payments: number;
  /** Share of the people whose process ends without a word, and comes back, in each of five rounds. */
  readonly churnShare: number;
}

/** What became of what was locked. */
export interface ChurnResult {
  readonly begun: number;
  readonly paid: number;
  /** Locks in all, those open when everything was whole again, and those still open an hour later. */
  readonly locks: number;
  readonly openAtHeal: number;
  readonly openAfterHour: number;
  readonly crashes: number;
  readonly cutLines: number;
  /** Lines of which the sides do not say the same. */
  readonly unequal: number;
}

/**
 * People on a small-world graph pay each other while a part of them crash and come back, and the
 * place falls into two parts and grows together five times.
 */
export function runChurn(options: ChurnOptions): ChurnResult {
  return new Churn(options).run();
}

class Churn {
  readonly #options: ChurnOptions;
  readonly #random: Random;
  readonly #town: Town;
  readonly #ways = new Map<string, RoutePart>();
  #begun = 0;
  #cutLines = 0;

  constructor(options: ChurnOptions) {
    this.#options = options;
    const ways = this.#ways;
    this.#town = new Town({
      seed: options.seed,
      suite: options.suite,
      size: options.size,
      weather: {
        latencyMs: 40,
        jitterMs: 80,
        lossShare: 0.02,
        doubleShare: 0.02,
        diskMs: 4,
        againMs: 2_000,
      },
      // Each payment has one way, drawn with it: how ways are found is measured elsewhere.
      router: () => ({
        plan: (ask, done) => {
          const way = ways.get(String.fromCharCode(...ask.payeeKey));
          done(
            new SimplePlan(ask.amount, 1, (amount) =>
              way === undefined ? [] : [{ ...way, amount, delivers: amount }],
            ),
          );
        },
        learn() {},
      }),
    });
    this.#random = this.#town.world.random.fork("churn");
    for (let place = 0; place < options.size; place++) {
      for (let step = 1; step <= NEIGHBOURS; step++) {
        const isFar = chance(this.#random, 0.1);
        const other = (place + (isFar ? this.#random.u32() : step)) % options.size;
        if (other !== place) this.#town.line(place, other, LIMIT, LIMIT);
      }
    }
  }

  run(): ChurnResult {
    const town = this.#town;
    town.start();
    for (let round = 0; round < PARTITIONS; round++) this.#round();
    this.#comeBack();
    const openAtHeal = this.#openLocks();
    town.world.run(HOUR_MS);
    const paid = town.nodes.reduce((sum, { place }) => {
      const out = [...town.payments(place).receipts()].filter((one) => one.direction === "out");
      return sum + out.length;
    }, 0);
    return {
      begun: this.#begun,
      paid,
      locks: this.#locks(),
      openAtHeal,
      openAfterHour: this.#openLocks(),
      crashes: town.counters.crashes,
      cutLines: this.#cutLines,
      unequal: this.#unequal(),
    };
  }

  /** Ten minutes: people pay, some crash, and for the middle of it the place is in two parts. */
  #round(): void {
    const { world, nodes, lines } = this.#town;
    const { payments, churnShare, size } = this.#options;
    const half = this.#random.u32() % size;
    const isNear = (place: number) => (place - half + size) % size < size / 2;
    const cut = [...lines.values()].filter(({ a, b }) => isNear(a) !== isNear(b));
    this.#cutLines += cut.length;
    world.after(2 * MINUTE_MS, () => {
      for (const line of cut) this.#town.setLink(line, false);
    });
    world.after(8 * MINUTE_MS, () => {
      for (const line of cut) this.#town.setLink(line, true);
    });
    for (const { place } of nodes) {
      if (!chance(this.#random, churnShare)) continue;
      const atMs = between(this.#random, 0, 9 * MINUTE_MS);
      world.after(atMs, () => this.#town.crash(place));
      world.after(atMs + between(this.#random, MINUTE_MS / 6, 20 * MINUTE_MS), () =>
        this.#start(place),
      );
    }
    for (let count = 0; count < payments / PARTITIONS; count++) {
      world.after(between(this.#random, 0, 10 * MINUTE_MS), () => this.#draw());
    }
    world.run(10 * MINUTE_MS);
  }

  #start(place: number): void {
    if (this.#town.node(place).desk === undefined) this.#town.startNode(place);
  }

  #comeBack(): void {
    for (const { place } of this.#town.nodes) this.#start(place);
    this.#town.world.run(20);
  }

  /** Somebody pays somebody whom a walk over one to four lines leads to. */
  #draw(): void {
    const town = this.#town;
    const payer = this.#random.u32() % this.#options.size;
    const lines: TownLine[] = [];
    let at = payer;
    for (let steps = 1 + (this.#random.u32() % WAY_MAX); steps > 0; steps--) {
      const around = town.linesAt[at] ?? [];
      const line = around[this.#random.u32() % around.length];
      if (line === undefined || lines.includes(line)) break;
      lines.push(line);
      at = line.a === at ? line.b : line.a;
    }
    if (at === payer || !town.isRunning(payer) || !town.isRunning(at)) return;
    const amount = 1 + (this.#random.u32() % 20);
    const wish = { amount, currency: "hours", memo: "", lifeMs: 10 * MINUTE_MS };
    const payee = at;
    town.payments(payee).request(wish, (_, invoice) => {
      if (invoice !== null) this.#pay(payer, payee, invoice, lines);
    });
  }

  #pay(payer: number, payee: number, invoice: Invoice, lines: readonly TownLine[]): void {
    const town = this.#town;
    if (!town.isRunning(payer)) return;
    const part = partOver(town, payer, lines, invoice.amount);
    const key = town.node(payee).identity.dhKey.publicKey;
    this.#ways.set(String.fromCharCode(...key), part);
    try {
      town.payments(payer).pay(invoice);
      this.#begun++;
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
    }
    town.wake(payer);
    town.wake(payee);
  }

  #openLocks(): number {
    let open = 0;
    for (const { sides } of this.#town.nodes) {
      for (const side of sides.values()) open += bookOf(side).out.size;
    }
    return open;
  }

  #locks(): number {
    let locks = 0;
    for (const { sides } of this.#town.nodes) {
      for (const { ours } of sides.values()) {
        locks += ours.filter(({ t }) => t === "prepare").length;
      }
    }
    return locks;
  }

  #unequal(): number {
    const { lines } = this.#town;
    return [...lines.values()].filter(({ id, a, b }) => {
      const books = [a, b].map((place) => {
        const side = this.#town.node(place).sides.get(id);
        return side === undefined ? 0 : bookOf(side).balance;
      });
      return books.reduce((sum, balance) => sum + balance, 0) !== 0;
    }).length;
  }
}
