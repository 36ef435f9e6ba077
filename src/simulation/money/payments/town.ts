import { toBase32 } from "../../../base/base32.ts";
import { utf8 } from "../../../base/bytes.ts";
import { must } from "../../../base/errors.ts";
import type { CryptoSuite } from "../../../crypto/index.ts";
import { type LocalIdentity, makeLocalIdentity } from "../../../identity/index.ts";
import type { MoneyError } from "../../../money/errors.ts";
import type { LineDesk, LineEvents, LineId } from "../../../money/line-desk.ts";
import {
  type CurrencyDefinitions,
  type Invoice,
  Payments,
  type PaymentView,
  type Router,
} from "../../../money/payments/index.ts";
import { type Random, SILENT_LOG } from "../../../ports/index.ts";
import { chance } from "../../dice.ts";
import { World } from "../../world.ts";
import { batchBytes } from "./batch-bytes.ts";
import { FakeDesk, type LineSide, type LineWire } from "./fake-desk.ts";
import type { LineOp } from "./line-half.ts";
import { SharedDisk } from "./shared-disk.ts";
import type { TownWeather } from "./town-weather.ts";

export { FAIR_WEATHER, type TownWeather } from "./town-weather.ts";

/** One line of a town; `a` and `b` are places of its nodes. */
export interface TownLine {
  readonly id: LineId;
  readonly currency: string;
  readonly a: number;
  readonly b: number;
  /** How much `a` may owe `b`, and `b` may owe `a`. */
  readonly limitA: number;
  readonly limitB: number;
  isUp: boolean;
}

/** One person of a town: what stays across crashes, and what runs now. */
export interface TownNode {
  readonly place: number;
  readonly identity: LocalIdentity;
  readonly disk: SharedDisk;
  readonly sides: Map<LineId, LineSide>;
  readonly random: Random;
  readonly hash: (bytes: Uint8Array) => Uint8Array;
  desk: FakeDesk | undefined;
  payments: Payments | undefined;
  life: number;
  wakeMs: number;
}

/** How bytes are counted: what a line would carry for it. */
export interface TownCounters {
  told: number;
  toldBytes: number;
  ops: number;
  /** Batches of operations as lines write them, with one signature each. */
  opBytes: number;
  crashes: number;
  lost: number;
  doubled: number;
}

/** Who finds ways in a town: told once who is there. */
export type RouterMaker = (town: Town, place: number) => Router;

/** Puts itself between a node's desk and its payments: how evil ones are made. */
export type Twist = (
  desk: FakeDesk,
  node: TownNode,
) => { readonly desk: LineDesk; readonly hear: (events: LineEvents) => LineEvents };

/** How a town is made. */
export interface TownOptions {
  readonly seed: number;
  readonly suite: CryptoSuite;
  readonly size: number;
  readonly weather: TownWeather;
  readonly router: RouterMaker;
  readonly twist?: (place: number) => Twist | undefined;
  /** Lines that are lent to nobody. */
  readonly isHidden?: (line: LineId) => boolean;
  readonly currencies?: CurrencyDefinitions | undefined;
  readonly onPayment?: (place: number, view: PaymentView) => void;
}

/** People with lines between them in virtual time, over links that lose, delay, double and part. */
export class Town {
  readonly world: World;
  readonly suite: CryptoSuite;
  readonly nodes: TownNode[] = [];
  readonly lines: Map<LineId, TownLine> = new Map();
  readonly linesAt: TownLine[][] = [];
  readonly counters: TownCounters = {
    told: 0,
    toldBytes: 0,
    ops: 0,
    opBytes: 0,
    crashes: 0,
    lost: 0,
    doubled: 0,
  };
  /** Nobody reaches anybody: what is written goes only where `carryByHand` takes it. */
  isCarriedOnly = false;
  /** Every message that is told, for those who listen. */
  onTold: (line: TownLine, from: number, bytes: Uint8Array) => void = () => {};
  readonly #weather: TownWeather;
  readonly #router: RouterMaker;
  readonly #twist: (place: number) => Twist | undefined;
  readonly #random: Random;
  readonly #isHidden: (line: LineId) => boolean;
  readonly #currencies: CurrencyDefinitions | undefined;
  readonly #onPayment: (place: number, view: PaymentView) => void;

  constructor(options: TownOptions) {
    this.#currencies = options.currencies;
    this.#onPayment = options.onPayment ?? (() => {});
    this.world = new World(options.seed);
    this.suite = options.suite;
    this.#weather = options.weather;
    this.#router = options.router;
    this.#twist = options.twist ?? (() => undefined);
    this.#isHidden = options.isHidden ?? (() => false);
    this.#random = this.world.random.fork("weather");
    for (let place = 0; place < options.size; place++) this.#addNode(place);
  }

  /** Adds a line; before `start`. */
  line(a: number, b: number, limitA: number, limitB: number, currency = "hours"): TownLine {
    const name = utf8(`line ${this.lines.size} ${a} ${b} ${currency}`);
    const id = toBase32(this.suite.sha256(name).subarray(0, 16));
    const line = { id, currency, a, b, limitA, limitB, isUp: true };
    this.lines.set(id, line);
    for (const [own, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const limits =
        own === a ? { ours: limitA, theirs: limitB } : { ours: limitB, theirs: limitA };
      const partner = this.node(other).identity.person.personId;
      const side = { id, currency, partner, limits, ours: [], theirs: [], isStopped: false };
      this.node(own).sides.set(id, side);
      this.linesAt[own]?.push(line);
    }
    return line;
  }

  node(place: number): TownNode {
    return must(this.nodes[place], "a place of the town");
  }

  payments(place: number): Payments {
    return must(this.node(place).payments, "the node runs");
  }

  /** Starts everybody and lets them read their disks. */
  start(): void {
    for (const { place } of this.nodes) this.startNode(place);
    this.world.run(10);
  }

  startNode(place: number): void {
    const node = this.node(place);
    const desk = new FakeDesk(node.sides.values(), node.disk, this.#wireOf(node));
    const twisted = this.#twist(place)?.(desk, node);
    const payments = new Payments({
      desk: twisted?.desk ?? desk,
      router: this.#router(this, place),
      identity: node.identity,
      suite: this.suite,
      clock: this.world.clock,
      random: node.random,
      log: SILENT_LOG,
      records: node.disk,
      isRevoked: () => false,
      isHidden: this.#isHidden,
      currencies: this.#currencies,
      events: { onPayment: (view) => this.#onPayment(place, view), onInvoice() {} },
    });
    node.desk = desk;
    const life = node.life;
    payments.load(() => {
      if (node.life !== life) return;
      node.payments = payments;
      desk.start(twisted?.hear(payments) ?? payments);
      this.#reachAll(place, true);
      this.wake(place);
    });
  }

  /** The process ends without a word. */
  crash(place: number): void {
    const node = this.node(place);
    if (node.desk === undefined) return;
    this.counters.crashes++;
    node.life++;
    node.disk.crash();
    node.desk = undefined;
    node.payments = undefined;
    this.#reachAll(place, false);
  }

  isRunning(place: number): boolean {
    return this.node(place).payments !== undefined;
  }

  /** Cuts a line's two sides off from each other, or lets them meet again. */
  setLink(line: TownLine, isUp: boolean): void {
    if (line.isUp === isUp) return;
    line.isUp = isUp;
    for (const place of [line.a, line.b]) this.node(place).desk?.reach(line.id, this.isUp(line));
    for (const place of [line.a, line.b]) this.wake(place);
  }

  isUp(line: TownLine): boolean {
    return line.isUp && this.isRunning(line.a) && this.isRunning(line.b);
  }

  /** Asks for money; what `done` gets is undefined where it was refused. */
  request(place: number, amount: number, currency = "hours", lifeMs = 86_400_000): Invoice {
    const answers: [MoneyError | null, Invoice | null][] = [];
    const wish = { amount, currency, memo: "bread", lifeMs };
    this.payments(place).request(wish, (error, invoice) => {
      answers.push([error, invoice]);
    });
    this.world.run(2 * this.#weather.diskMs + 1);
    const [refusal, invoice] = answers[0] ?? [];
    return must(invoice, `an invoice was refused: ${String(refusal)}`);
  }

  /** Lets a node do what has become due, and sees to it that it is woken again. */
  wake(place: number): void {
    const node = this.node(place);
    if (node.payments === undefined) return;
    const dueMs = node.payments.nextDeadlineMs();
    if (dueMs >= node.wakeMs && node.wakeMs > this.world.nowMs) return;
    if (!Number.isFinite(dueMs)) return;
    node.wakeMs = dueMs;
    this.world.after(Math.max(1, dueMs - this.world.nowMs), () => {
      if (node.wakeMs !== dueMs) return;
      node.wakeMs = Number.POSITIVE_INFINITY;
      node.payments?.tick();
      this.wake(place);
    });
  }

  #addNode(place: number): void {
    const random = this.world.random.fork(`node ${place}`);
    const identity = makeLocalIdentity(this.suite, random.bytes(32), random.bytes(32));
    const disk = new SharedDisk(this.world, this.#weather.diskMs);
    const node: TownNode = {
      place,
      identity,
      disk,
      sides: new Map(),
      random,
      hash: (bytes) => this.suite.sha256(bytes),
      desk: undefined,
      payments: undefined,
      life: 0,
      wakeMs: Number.POSITIVE_INFINITY,
    };
    disk.onCrash = () => this.#crashAndReturn(place);
    this.nodes.push(node);
    this.linesAt.push([]);
  }

  #crashAndReturn(place: number): void {
    this.crash(place);
    this.world.after(500, () => {
      if (this.node(place).desk === undefined) this.startNode(place);
    });
  }

  #reachAll(place: number, isUp: boolean): void {
    for (const line of this.linesAt[place] ?? []) {
      if (isUp && !this.isUp(line)) continue;
      const other = line.a === place ? line.b : line.a;
      this.node(other).desk?.reach(line.id, isUp);
      if (isUp) this.node(place).desk?.reach(line.id, true);
      this.wake(other);
    }
  }

  #wireOf(node: TownNode): LineWire {
    const life = node.life;
    const lineOf = (id: LineId) => must(this.lines.get(id), "a line of the town");
    const to = (line: TownLine): TownNode => this.node(line.a === node.place ? line.b : line.a);
    return {
      isUp: (id) => life === node.life && !this.isCarriedOnly && this.isUp(lineOf(id)),
      send: (id, from, ops, have) => {
        const line = lineOf(id);
        const size = batchBytes(ops);
        this.counters.ops += ops.length;
        this.counters.opBytes += size;
        this.#carry(line, to(line), size, (desk) => desk.receive(id, from, ops, have));
        if (ops.length > 0) this.#again(node, id);
      },
      tell: (id, message) => {
        const line = lineOf(id);
        this.counters.told++;
        this.counters.toldBytes += message.length;
        this.onTold(line, node.place, message);
        this.#carry(line, to(line), message.length, (desk) => desk.receiveTold(id, message));
      },
      later: (action) =>
        this.world.after(0, () => {
          if (life === node.life) action();
        }),
      sha256: (bytes) => this.suite.sha256(bytes),
    };
  }

  readonly #pendingAgain = new Set<string>();

  /** Asks a while later whether the other side has it. */
  #again(node: TownNode, id: LineId): void {
    const key = `${node.place}/${id}`;
    if (this.#pendingAgain.has(key)) return;
    this.#pendingAgain.add(key);
    this.world.after(this.#weather.againMs, () => {
      this.#pendingAgain.delete(key);
      if (node.desk?.isBehind(id)) node.desk.sync(id);
    });
  }

  /**
   * Takes what both sides of a line have written to the other one, as somebody with a stick would:
   * whether they reach each other or not. Nothing that is told comes along.
   */
  carryByHand(line: TownLine): void {
    for (const [from, to] of [
      [line.a, line.b],
      [line.b, line.a],
    ] as const) {
      const side = this.node(from).sides.get(line.id);
      if (side === undefined) continue;
      this.node(to).desk?.receive(line.id, 0, side.ours, side.theirs.length);
      this.wake(to);
    }
  }

  readonly #busyUntilMs = new Map<string, number>();

  /** How long until a message has gone out, one after another. */
  #sendingMs(line: TownLine, to: TownNode, size: number): number {
    const { bytesPerSecond } = this.#weather;
    if (bytesPerSecond === undefined) return 0;
    const key = `${to.place}/${line.id}`;
    const beginMs = Math.max(this.world.nowMs, this.#busyUntilMs.get(key) ?? 0);
    const endMs = beginMs + (size * 1_000) / bytesPerSecond;
    this.#busyUntilMs.set(key, endMs);
    return endMs - this.world.nowMs;
  }

  #carry(line: TownLine, to: TownNode, size: number, deliver: (desk: FakeDesk) => void): void {
    const { doubleShare, jitterMs, lossShare } = this.#weather;
    const latencyMs = this.#weather.latencyMs + this.#sendingMs(line, to, size);
    const copies = chance(this.#random, doubleShare) ? 2 : 1;
    this.counters.doubled += copies - 1;
    for (let copy = 0; copy < copies; copy++) {
      if (lossShare > 0 && chance(this.#random, lossShare)) {
        this.counters.lost++;
        continue;
      }
      const jitter = jitterMs > 0 ? this.#random.u32() % jitterMs : 0;
      this.world.after(latencyMs + jitter, () => {
        if (to.desk === undefined || to.payments === undefined || !line.isUp) return;
        deliver(to.desk);
        this.wake(to.place);
      });
    }
  }
}

/** All operations of a half-log, for those who look at what was written. */
export function opsOf(node: TownNode, line: LineId): readonly LineOp[] {
  return node.sides.get(line)?.ours ?? [];
}
