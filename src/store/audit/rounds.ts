import { fromHex, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { Timed } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema, WireError } from "../../wire/index.ts";
import type { StoreContext } from "../context.ts";
import { storeErrorOf } from "../disk-errors.ts";
import type { StoreError } from "../errors.ts";
import { HourlyBudget } from "../hourly-budget.ts";
import { fragmentBytesOf } from "../leases/accounts.ts";
import { HASH_BYTES } from "../merkle.ts";
import { isOwn, type ObjectEntry } from "../records.ts";
import {
  AUDIT_EVERY_MS,
  AUDIT_FIRST_MS,
  AUDIT_READ_BYTES_PER_HOUR,
  AUDIT_RETRY_MS,
  AUDITS_PER_HOUR,
} from "./limits.ts";
import type { AuditReport } from "./report.ts";

const KEY = "store/audit-round";
const HOUR_MS = 3_600_000;

const roundSchema = schema.record({
  v: schema.literal(1),
  r: schema.bytes(HASH_BYTES),
  t: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

/** How a peer audits its own objects by itself; what is left out has the values of limits.ts. */
export interface AuditingOptions {
  /** Nothing is audited by itself. */
  readonly isOff?: boolean;
  /** In what time every object is audited once, in milliseconds. */
  readonly everyMs?: number;
  /** Bytes that holders may be made to read in an hour. */
  readonly bytesPerHour?: number;
}

/** What came of that since the start, for people. */
export interface AuditingStatus {
  readonly isOn: boolean;
  readonly objects: number;
  /** Holders by how they stood it; those that could not be judged are left out. */
  readonly proved: number;
  readonly wrong: number;
  readonly lost: number;
  readonly silent: number;
  /** Wall clock of the last audit, of before the start too; 0: none. */
  readonly lastAtMs: number;
}

/** Where an audit is run. */
export interface AuditingPort {
  /** Begins to audit an object. @returns false where too much else is being read */
  begin(root: string, done: (report: AuditReport) => void): boolean;
}

/**
 * Audits this peer's objects one after another, in the order of their roots, so that each has its
 * turn once in a while and the turns are spread evenly. Where it stands is one record, so a restart
 * goes on; the time during which the peer is off makes the round longer.
 */
export class AuditRounds implements Timed {
  readonly #context: StoreContext;
  readonly #options: AuditingOptions;
  readonly #port: AuditingPort;
  readonly #budget: HourlyBudget;
  readonly #counts = { objects: 0, proved: 0, wrong: 0, lost: 0, silent: 0 };
  /** The object that was audited last; empty: none. */
  #last = "";
  #lastAtMs = 0;
  /** The same in running time, or when this began. */
  #sinceMs: number;
  #notBeforeMs: number;
  /** Some more or less than the even pause, so that no two peers keep step. */
  #stretch = 1;
  #isRunning = false;
  #isHeld = false;
  #isLoaded = false;

  constructor(context: StoreContext, options: AuditingOptions, port: AuditingPort) {
    this.#context = context;
    this.#options = options;
    this.#port = port;
    const bytesPerHour = options.bytesPerHour ?? AUDIT_READ_BYTES_PER_HOUR;
    this.#budget = new HourlyBudget(context.clock, bytesPerHour);
    this.#sinceMs = context.clock.monotonicMs();
    this.#notBeforeMs = this.#sinceMs + AUDIT_FIRST_MS;
  }

  /** Reads where the last run stood; a damaged record begins the round anew. */
  load(done: (error: StoreError | undefined) => void): void {
    const { records, clock, log } = this.#context;
    records.scan(KEY, (error, found) => {
      if (error !== null) {
        done(storeErrorOf(error));
        return;
      }
      try {
        for (const { value } of found) {
          const { r, t } = roundSchema(decodeCbor(value), "audit round");
          this.#last = toHex(r);
          this.#lastAtMs = t;
          this.#sinceMs -= Math.max(0, clock.wallMs() - t);
        }
      } catch (caught) {
        if (!(caught instanceof WireError)) throw caught;
        log.warn("round of audits begins anew, its record is damaged");
      }
      this.#isLoaded = true;
      done(undefined);
    });
  }

  /** How it stands. */
  status(): AuditingStatus {
    return { isOn: !this.#isOff, ...this.#counts, lastAtMs: this.#lastAtMs };
  }

  /** Begins nothing more, or does again: the line costs by the byte. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  nextDeadlineMs(): number {
    const isIdle = this.#isOff || this.#isHeld || this.#isRunning || !this.#isLoaded;
    if (isIdle || this.#context.ledger.objectCount === 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.#notBeforeMs, this.#sinceMs + this.#pauseMs());
  }

  tick(): void {
    const now = this.#context.clock.monotonicMs();
    if (now < this.nextDeadlineMs()) return;
    const object = this.#next();
    const isBegun = object !== undefined && this.#begin(object);
    if (!isBegun) this.#notBeforeMs = now + AUDIT_RETRY_MS;
  }

  get #isOff(): boolean {
    return this.#options.isOff === true;
  }

  /** The even pause between two audits. */
  #pauseMs(): number {
    const { everyMs = AUDIT_EVERY_MS } = this.#options;
    const evenMs = everyMs / Math.max(1, this.#context.ledger.objectCount);
    return Math.ceil(Math.max(this.#stretch * evenMs, HOUR_MS / AUDITS_PER_HOUR));
  }

  /** The own object that follows the last one, around the end. */
  #next(): ObjectEntry | undefined {
    let first: ObjectEntry | undefined;
    let next: ObjectEntry | undefined;
    for (const object of this.#context.ledger.objects()) {
      if (!isOwn(object)) continue;
      if (first === undefined || object.root < first.root) first = object;
      if (object.root > this.#last && (next === undefined || object.root < next.root)) {
        next = object;
      }
    }
    return next ?? first;
  }

  #begin(object: ObjectEntry): boolean {
    if (object.holders.every((holder) => !this.#isInReach(holder))) return this.#passBy(object);
    if (!this.#budget.take(object.n * fragmentBytesOf(object))) return false;
    this.#isRunning = this.#port.begin(object.root, (report) => this.#over(report));
    return this.#isRunning;
  }

  /** Nobody who keeps something of it is there: it is another one's turn, a while later. */
  #passBy(object: ObjectEntry): boolean {
    this.#last = object.root;
    return false;
  }

  #isInReach(holder: string | undefined): boolean {
    return holder !== undefined && this.#context.routing.route(holder) !== undefined;
  }

  #over(report: AuditReport): void {
    const { clock, random, records, log, self } = this.#context;
    this.#isRunning = false;
    this.#last = report.root;
    this.#lastAtMs = Math.floor(clock.wallMs());
    this.#sinceMs = clock.monotonicMs();
    this.#stretch = 0.75 + random.u32() / 2 ** 33;
    this.#counts.objects++;
    for (const { peer, verdict } of report.holders) {
      if (peer === self || verdict === "unproven" || verdict === "refused") continue;
      this.#counts[verdict]++;
      if (verdict === "wrong") log.warn("holder answered an audit wrongly", { peer });
    }
    const root = must(fromHex(report.root), "roots are hexadecimal");
    const value = encodeCbor({ v: 1, r: root, t: this.#lastAtMs });
    records.write([{ key: KEY, value }], (error) => {
      if (error !== null) log.warn("round of audits not noted", { reason: error.code });
    });
  }
}
