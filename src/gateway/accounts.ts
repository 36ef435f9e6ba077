import type { PeerId } from "../identity/index.ts";
import { type Clock, DiskError, type Log, type RecordStore } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { ACCOUNTS, Account, type MeterRole, readAccount } from "./account.ts";
import { METER_PEERS_MAX, METER_SAVE_MS } from "./limits.ts";

const DAY_MS = 86_400_000;

/** All accounts, as exit and as user, kept on disk now and then. */
export class Accounts {
  readonly #records: RecordStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #accounts = new Map<string, Account>();
  #saveAtMs = Number.POSITIVE_INFINITY;

  constructor(records: RecordStore, clock: Clock, log: Log) {
    this.#records = records;
    this.#clock = clock;
    this.#log = log;
  }

  /** Reads what is stored. */
  load(done: (error: DiskError | null) => void): void {
    this.#records.scan(ACCOUNTS, (error, found) => {
      if (error !== null) {
        done(error);
        return;
      }
      try {
        for (const { key, value } of found) {
          const account = readAccount(key, value);
          this.#accounts.set(`${account.role}/${account.peer}`, account);
        }
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        done(new DiskError("corrupt", "A stored reading of an uplink is damaged.", { cause }));
        return;
      }
      done(null);
    });
  }

  /** Days since 1970 (UTC) by this machine's clock. */
  today(): number {
    return Math.max(0, Math.floor(this.#clock.wallMs() / DAY_MS));
  }

  all(): Iterable<Account> {
    return this.#accounts.values();
  }

  find(role: MeterRole, peer: PeerId): Account | undefined {
    return this.#accounts.get(`${role}/${peer}`);
  }

  /** The account, made where there is none; undefined where there are too many. */
  open(role: MeterRole, peer: PeerId): Account | undefined {
    const known = this.find(role, peer);
    if (known !== undefined) return known;
    let ofRole = 0;
    for (const one of this.#accounts.values()) if (one.role === role) ofRole++;
    if (ofRole >= METER_PEERS_MAX) return undefined;
    const account = new Account(role, peer);
    this.#accounts.set(`${role}/${peer}`, account);
    return account;
  }

  /** Something was counted: it goes to the disk soon. */
  touch(): void {
    if (this.#saveAtMs === Number.POSITIVE_INFINITY) {
      this.#saveAtMs = this.#clock.monotonicMs() + METER_SAVE_MS;
    }
  }

  /** Keeps one account now; `done` is called whether that worked or not. */
  save(account: Account, done: () => void): void {
    this.#records.write([account.write()], (error) => {
      if (error !== null) this.#log.warn("a reading could not be kept", { code: error.code });
      done();
    });
  }

  nextDeadlineMs(): number {
    return this.#saveAtMs;
  }

  tick(): void {
    if (this.#clock.monotonicMs() < this.#saveAtMs) return;
    this.#saveAtMs = Number.POSITIVE_INFINITY;
    const writes = [...this.#accounts.values()]
      .filter((account) => account.isDirty)
      .map((account) => account.write());
    this.#records.write(writes, (error) => {
      if (error !== null) this.#log.warn("readings could not be kept", { code: error.code });
    });
  }
}
