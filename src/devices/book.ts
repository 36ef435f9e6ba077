import { equalBytes, NO_BYTES } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import { SerialChanges } from "../base/serial-changes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { type PeerId, type PeerRecord, type PersonId, personIdOf } from "../identity/index.ts";
import {
  type Clock,
  DiskError,
  type Log,
  type RecordStore,
  type RecordWrite,
} from "../ports/index.ts";
import { DevicesError, diskError } from "./errors.ts";
import { CHANGES_WAITING_MAX, NEWS_KEPT_MAX } from "./limits.ts";
import { DeviceLog } from "./log/log.ts";
import { type DeviceEvent, decodeEvent, encodeEvent, eventsBetween } from "./news.ts";

const OPS = "devices/l/";
const PERSONS = "devices/p/";
const NEWS = "devices/n/";

/** Records with which the book of a new device begins: its person's log. */
export function logRecords(
  personId: PersonId,
  signKey: Uint8Array,
  ops: readonly Uint8Array[],
): readonly {
  readonly key: string;
  readonly value: Uint8Array;
}[] {
  const writes = ops.map((value, at) => ({ key: OPS + personId + slash(at), value }));
  return [...writes, { key: PERSONS + personId, value: signKey }];
}

function attempt<T>(read: () => T): T | DiskError {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    return new DiskError("corrupt", DAMAGED, { cause });
  }
}

interface Stored {
  readonly key: string;
  readonly value: Uint8Array;
}

const DAMAGED =
  "A stored device log is damaged, or parts of it are missing. If you have a copy of the whole home directory, put it back. Without one, 'peernet up --salvage' goes on with the part that is whole; contacts and own devices tell the rest.";

/** What the book is made of. */
export interface BookOptions {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly records: RecordStore;
  readonly log: Log;
  /** This device. */
  readonly own?: PeerId;
  /** Whether logs of which records are missing go on with the rest; else that stops the start. */
  readonly salvages?: boolean;
  /** A person's log has changed; persisted. */
  readonly onChanged: (personId: PersonId, events: readonly DeviceEvent[]) => void;
}

/** The device logs of this person and of contacts, on disk and in memory, and what was new in them. */
export class DeviceBook {
  readonly #options: BookOptions;
  readonly #logs = new Map<PersonId, DeviceLog>();
  #news: readonly DeviceEvent[] = [];
  #nextNews = 0;
  readonly #changes = new SerialChanges<DevicesError>({
    waitingMax: CHANGES_WAITING_MAX,
    busy: () => new DevicesError("busy", "Too much waits for the disk; try again in a moment."),
    isRefusal: (error) => error instanceof DevicesError,
  });

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** Reads all logs and news. */
  load(done: (error: DiskError | null) => void): void {
    const { records } = this.#options;
    records.scan(PERSONS, (personsError, persons) => {
      records.scan(OPS, (opsError, ops) => {
        records.scan(NEWS, (newsError, news) => {
          const error = personsError ?? opsError ?? newsError;
          if (error !== null) {
            done(error);
            return;
          }
          const due = attempt(() => this.#restore(persons, ops, news));
          if (due instanceof DiskError) done(due);
          else if (due.length === 0) done(null);
          else records.write(due, done);
        });
      });
    });
  }

  /** The log of a person; empty where none is known. */
  log(personId: PersonId, signKey: Uint8Array): DeviceLog {
    return this.#logs.get(personId) ?? DeviceLog.empty(this.#options.suite, signKey);
  }

  /** The log of a person, where one is known. */
  known(personId: PersonId): DeviceLog | undefined {
    return this.#logs.get(personId);
  }

  /** What was new, oldest first. */
  news(): readonly DeviceEvent[] {
    return this.#news;
  }

  /**
   * Whether a person's own log says that this device acts for them no longer. What it says of
   * devices that show another person's certificate is nobody's business.
   */
  isRevoked(device: PeerId, personId: PersonId): boolean {
    const state = this.#logs.get(personId)?.devices.get(device)?.state;
    return state !== undefined && state !== "standing";
  }

  /** Whether a peer is a device of the person that its record names, as far as is known. */
  stands({ id, person }: PeerRecord): boolean {
    if (this.isRevoked(id, person.personId)) return false;
    if (person.via.length === 0) return true;
    // Devices add others in the log: one that only shows their word was not added, or not yet.
    const log = this.#logs.get(person.personId);
    return log === undefined || log.devices.get(id)?.state === "standing";
  }

  /**
   * Changes a person's log by operations that `decide` answers for the log as it is then.
   * A DevicesError that it throws comes back through `done`.
   */
  change(
    signKey: Uint8Array,
    decide: (log: DeviceLog) => readonly Uint8Array[],
    done: (error: DevicesError | null) => void,
  ): void {
    const personId = personIdOf(this.#options.suite, signKey);
    this.#changes.make(() => {
      const before = this.log(personId, signKey);
      const { log, fresh } = before.with(decide(before));
      if (fresh.length === 0) return undefined;
      const { records, clock } = this.#options;
      const all = eventsBetween(personId, before.devices, log.devices, clock.wallMs());
      // The first that is heard of a person's devices is no news: they were there before.
      const isOld = before.size === 0 || this.#isNewcomer(before);
      const events = isOld ? all.filter(({ kind }) => kind !== "added") : all;
      const writes: RecordWrite[] = fresh.map(({ bytes }, at) => ({
        key: OPS + personId + slash(before.size + at),
        value: bytes,
      }));
      if (before.size === 0) writes.push({ key: PERSONS + personId, value: signKey });
      writes.push(...this.#newsWrites(events));
      return (carried) =>
        records.write(writes, (error) => {
          if (error === null) this.#apply(personId, log, events);
          carried(error === null ? null : diskError(error));
        });
    }, done);
  }

  /** Whether this device came back by words or friends, and has heard of none that this person had before. */
  #isNewcomer({ devices }: DeviceLog): boolean {
    const { own } = this.#options;
    const origin = own === undefined ? undefined : devices.get(own)?.origin;
    return devices.size === 1 && (origin === "words" || origin === "friends");
  }

  /** Forgets a person who is no contact any more. */
  forget(personId: PersonId, done: (error: DevicesError | null) => void): void {
    this.#changes.make(() => {
      const log = this.#logs.get(personId);
      if (log === undefined) return undefined;
      const keys = log.all().map((_, at) => OPS + personId + slash(at));
      const writes = [...keys, PERSONS + personId].map((key) => ({ key, value: null }));
      return (carried) =>
        this.#options.records.write(writes, (error) => {
          if (error === null) this.#logs.delete(personId);
          carried(error === null ? null : diskError(error));
        });
    }, done);
  }

  #newsWrites(events: readonly DeviceEvent[]): readonly RecordWrite[] {
    const first = this.#nextNews;
    const writes: RecordWrite[] = events.map((event, at) => ({
      key: NEWS + digits(first + at),
      value: encodeEvent(event),
    }));
    const oldest = first - this.#news.length;
    const surplus = Math.max(0, this.#news.length + events.length - NEWS_KEPT_MAX);
    for (let at = 0; at < Math.min(surplus, this.#news.length); at++) {
      writes.push({ key: NEWS + digits(oldest + at), value: null });
    }
    return writes;
  }

  #apply(personId: PersonId, log: DeviceLog, events: readonly DeviceEvent[]): void {
    this.#logs.set(personId, log);
    this.#nextNews += events.length;
    this.#news = [...this.#news, ...events].slice(-NEWS_KEPT_MAX);
    this.#options.onChanged(personId, events);
  }

  #restore(
    persons: readonly { readonly key: string; readonly value: Uint8Array }[],
    ops: readonly { readonly key: string; readonly value: Uint8Array }[],
    news: readonly { readonly key: string; readonly value: Uint8Array }[],
  ): readonly RecordWrite[] {
    const lists = new Map<string, Stored[]>();
    for (const op of ops) {
      const personId = op.key.slice(OPS.length, op.key.lastIndexOf("/"));
      const list = lists.get(personId);
      if (list === undefined) lists.set(personId, [op]);
      else list.push(op);
    }
    const due: RecordWrite[] = [];
    for (const { key, value } of persons) {
      const personId = key.slice(PERSONS.length);
      const stored = lists.get(personId) ?? [];
      this.#logs.set(personId, this.#restoreLog(personId, value, stored, due));
    }
    this.#news = news.map(({ value }) => decodeEvent(value)).slice(-NEWS_KEPT_MAX);
    const last = news.at(-1)?.key.slice(NEWS.length);
    this.#nextNews = last === undefined ? 0 : Number.parseInt(last, 16) + 1;
    return due;
  }

  /** @throws DevicesError where it is damaged and may not be salvaged */
  #restoreLog(
    personId: PersonId,
    signKey: Uint8Array,
    stored: readonly Stored[],
    due: RecordWrite[],
  ): DeviceLog {
    const { suite, salvages = false, log: diary } = this.#options;
    const ops = stored.map(({ value }) => value);
    // With a gap, the next operation would be written over the last one.
    const isWhole = stored.every(({ key }, at) => key === OPS + personId + slash(at));
    if (!salvages) {
      if (isWhole) return DeviceLog.stored(suite, signKey, ops);
      throw new DevicesError("missing-past", "Records of a device log are missing.");
    }
    const log = DeviceLog.salvaged(suite, signKey, ops);
    const isSame = log.all().every(({ bytes }, at) => equalBytes(bytes, ops[at] ?? NO_BYTES));
    if (isWhole && isSame && log.size === stored.length) return log;
    diary.warn("a device log was salvaged", { person: personId, kept: log.size });
    for (const { key } of stored) due.push({ key, value: null });
    for (const [at, { bytes }] of log.all().entries()) {
      due.push({ key: OPS + personId + slash(at), value: bytes });
    }
    return log;
  }
}

function slash(index: number): string {
  return `/${index.toString(16).padStart(4, "0")}`;
}

function digits(index: number): string {
  return index.toString(16).padStart(12, "0");
}
