import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type LocalIdentity, type PeerId, peerIdOf, vouchForDevice } from "../../identity/index.ts";
import type { Clock, DiskError, RecordStore, Timed } from "../../ports/index.ts";
import type { DeviceBook } from "../book.ts";
import { DevicesError, diskError } from "../errors.ts";
import { COPIED_RECORDS_MAX, PAIRING_GRACE_MS } from "../limits.ts";
import type { DeviceLog } from "../log/log.ts";
import type { Admission, Admissions } from "./adding.ts";
import type { CopiedRecord } from "./protocol.ts";

const PENDING = "devices/q";

/** What admissions are made of. */
export interface AdmittingOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly records: RecordStore;
  readonly book: DeviceBook;
  /** Records that a new device copies. */
  readonly copies: () => readonly CopiedRecord[];
}

/**
 * Enters new devices into the log, and takes those out again that never came to have their
 * certificate: after a crash at any moment a device is either added or revoked.
 */
export class Admitting implements Admissions, Timed {
  readonly #options: AdmittingOptions;
  /** The device that has not said yet that it has all it needs. */
  #pending: PeerId | undefined;
  #withdrawsAtMs = Number.POSITIVE_INFINITY;

  constructor(options: AdmittingOptions) {
    this.#options = options;
  }

  /** Finds what a crash has left behind. */
  load(done: (error: DiskError | null) => void): void {
    const { records, suite, clock } = this.#options;
    records.scan(PENDING, (error, found) => {
      const signKey = found.find(({ key }) => key === PENDING)?.value;
      if (signKey !== undefined) {
        this.#pending = peerIdOf(suite, signKey);
        this.#withdrawsAtMs = clock.monotonicMs() + PAIRING_GRACE_MS;
      }
      done(error);
    });
  }

  admit(
    signKey: Uint8Array,
    name: string,
    done: (error: DevicesError | null, admission: Admission | undefined) => void,
  ): void {
    const { identity, suite, records, book, copies } = this.#options;
    const { certificate } = identity;
    const device = peerIdOf(suite, signKey);
    // There is one at a time: an earlier one that was never heard of again has had its time.
    if (this.#pending !== undefined && this.#pending !== device) this.withdraw(this.#pending);
    this.#pending = device;
    this.#withdrawsAtMs = Number.POSITIVE_INFINITY;
    records.write([{ key: PENDING, value: signKey }], (error) => {
      if (error !== null) {
        done(diskError(error), undefined);
        return;
      }
      let given: Admission["certificate"] | undefined;
      const decide = (log: DeviceLog): readonly Uint8Array[] => {
        given = this.#vouch(signKey);
        return this.#entry(log, signKey, name);
      };
      book.change(certificate.signKey, decide, (failure) => {
        if (failure !== null || given === undefined) {
          this.#forget();
          done(failure, undefined);
          return;
        }
        const ops = book
          .log(certificate.personId, certificate.signKey)
          .all()
          .map(({ bytes }) => bytes);
        // What does not fit is told once the device is there.
        const records = copies().slice(0, COPIED_RECORDS_MAX);
        done(null, { certificate: given, ops, records });
      });
    });
  }

  keep(device: PeerId): void {
    if (this.#pending === device) this.#forget();
  }

  withdraw(device: PeerId): void {
    const { identity, book, clock } = this.#options;
    book.change(
      identity.certificate.signKey,
      (log) => {
        const added = log.devices.get(device);
        if (added?.state !== "standing") return [];
        const signer = log.signerFor(identity, "revoke");
        return [log.sign(signer, added.signKey, { kind: "revoke" }, clock.wallMs())];
      },
      (error) => {
        // A full disk may have room again: until then the device would stand for nobody knows whom.
        if (error === null) this.keep(device);
        else this.awaitSign(device);
      },
    );
  }

  awaitSign(device: PeerId): void {
    if (this.#pending !== device) return;
    this.#withdrawsAtMs = this.#options.clock.monotonicMs() + PAIRING_GRACE_MS;
  }

  /** A device of this person is in reach: the one that was being added has made it. */
  ownDeviceSeen(device: PeerId): void {
    this.keep(device);
  }

  nextDeadlineMs(): number {
    return this.#withdrawsAtMs;
  }

  tick(): void {
    if (this.#options.clock.monotonicMs() < this.#withdrawsAtMs) return;
    this.#withdrawsAtMs = Number.POSITIVE_INFINITY;
    if (this.#pending !== undefined) this.withdraw(this.#pending);
  }

  #vouch(signKey: Uint8Array): Admission["certificate"] {
    try {
      return vouchForDevice(this.#options.identity, signKey);
    } catch (cause) {
      if (!(cause instanceof TypedError)) throw cause;
      throw new DevicesError("refused", cause.message, { cause });
    }
  }

  #entry(log: DeviceLog, signKey: Uint8Array, name: string): readonly Uint8Array[] {
    const { identity, suite, clock } = this.#options;
    const self = log.devices.get(identity.id);
    if (identity.person.root === undefined && self?.state !== "standing") {
      throw new DevicesError("revoked", "This device is none of this person's any more.");
    }
    const known = log.devices.get(peerIdOf(suite, signKey));
    if (known?.state === "standing") return [];
    if (known?.state === "revoked") {
      const words = "That device was revoked, which is for good. Begin a new home on it.";
      throw new DevicesError("already-revoked", words);
    }
    const change = { kind: "add", name, origin: "paired", vouchers: [] } as const;
    return [log.sign(log.signerFor(identity, "add"), signKey, change, clock.wallMs())];
  }

  #forget(): void {
    this.#pending = undefined;
    this.#withdrawsAtMs = Number.POSITIVE_INFINITY;
    this.#options.records.write([{ key: PENDING, value: null }], () => {});
  }
}
