import type { SigningKey } from "../crypto/index.ts";
import type { Clock, RecordStore, RecordWrite } from "../ports/index.ts";
import { explain } from "./disk.ts";
import type { MoneyError } from "./errors.ts";
import { Gathering } from "./gathering.ts";
import { ACCOUNT_AFTER_OPS, EPOCH_BATCHES } from "./limits.ts";
import { type Batch, encodeSnapshot } from "./line/index.ts";
import { type Due, type LineEntry, nothingDue } from "./line-entry.ts";
import { encodeCount, encodeKept, encodeLine, lineKey, logKey, toldKey } from "./line-record.ts";

/** What of a line is on its way to the disk. */
export interface Flight extends Due {
  readonly line: LineEntry;
  /** Our batches, signed for this flight. */
  readonly sealed: readonly Batch[];
  readonly told: number;
}

/** What the till tells the desk. */
export interface TillHost {
  /** It is on disk: memory follows, others hear of it. */
  committed(flight: Flight): void;
  /** It is not: the line is read from the disk again. */
  failed(flight: Flight, error: MoneyError): void;
}

/** What the till is made of. */
export interface TillParts {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly key: SigningKey;
}

/**
 * Signs what lines have to say and brings it to disk, one batch of it at a time. What comes while the disk is busy
 * goes together with the next batch, under one signature for each line: so the more there is, the less each costs.
 */
export class Till {
  /** What is said of what came to disk goes out together, too. */
  readonly gathering: Gathering = new Gathering();
  readonly #parts: TillParts;
  readonly #host: TillHost;
  readonly #dirty = new Set<LineEntry>();
  #isBusy = false;
  #held = 0;

  constructor(parts: TillParts, host: TillHost) {
    this.#parts = parts;
    this.#host = host;
  }

  /** Something of a line is due. */
  touch(line: LineEntry): void {
    this.#dirty.add(line);
    this.#work();
  }

  /** Lets what comes while `call` runs go to disk together. */
  together(call: () => void): void {
    this.gathering.during(() => {
      this.#held++;
      try {
        call();
      } finally {
        this.#held--;
        this.#work();
      }
    });
  }

  #work(): void {
    if (this.#isBusy || this.#held > 0) return;
    const flights: Flight[] = [];
    const writes: RecordWrite[] = [];
    for (const line of this.#dirty)
      if (!line.isReloading) flights.push(this.#prepare(line, writes));
    this.#dirty.clear();
    if (flights.length === 0) return;
    if (writes.length === 0) {
      this.#settle(flights, null);
      return;
    }
    this.#isBusy = true;
    this.#parts.records.write(writes, (error) => {
      this.#isBusy = false;
      this.#settle(flights, error === null ? null : explain(error));
    });
  }

  #settle(flights: readonly Flight[], error: MoneyError | null): void {
    this.together(() => {
      for (const flight of flights) {
        if (error === null) this.#host.committed(flight);
        else this.#host.failed(flight, error);
      }
    });
  }

  /** Signs what waits, and adds what is to be written. */
  #prepare(line: LineEntry, writes: RecordWrite[]): Flight {
    const { due, core } = line;
    line.due = nothingDue();
    line.incomingBytes = 0;
    const sealed = this.#seal(line);
    const put = (value: Uint8Array): void => {
      writes.push({ key: logKey(line.id, line.record.epoch, line.index++), value });
    };
    for (const kept of due.incoming) put(encodeKept(kept));
    for (const batch of sealed) put(encodeKept({ isOurs: true, batch, released: [] }));
    writes.push(...due.together);
    const { told } = line;
    if (told !== line.toldKept) writes.push({ key: toldKey(line.id), value: encodeCount(told) });
    const isLong = line.index >= EPOCH_BATCHES;
    if (isLong) {
      const { epoch } = line.record;
      line.record = { ...line.record, epoch: epoch + 1, snapshot: encodeSnapshot(core) };
      line.index = 0;
    }
    if (isLong || due.isRecordDue) {
      writes.push({ key: lineKey(line.id), value: encodeLine(line.record) });
    }
    return { ...due, line, sealed, told };
  }

  #seal(line: LineEntry): readonly Batch[] {
    const { core } = line;
    const { key, clock } = this.#parts;
    const atS = Math.max(0, Math.floor(clock.wallMs() / 1_000));
    const sealed: Batch[] = [];
    for (let one = core.seal(key, atS); one !== undefined; one = core.seal(key, atS)) {
      sealed.push(one.batch);
    }
    // Who is only paid writes nothing, and would never show what it has seen: it is asked to sign.
    const isOpen = line.state === "open" || line.state === "closing";
    const isFar = core.unseenOps >= ACCOUNT_AFTER_OPS && core.statements().size === 0;
    const maySign = isOpen && !line.isElsewhere && !line.record.isUnsure;
    if (maySign && (isFar || line.wantsAccount)) {
      line.wantsAccount = false;
      sealed.push(core.sealStatement(key, atS).batch);
    }
    return sealed;
  }
}
