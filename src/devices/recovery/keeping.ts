import { equalBytes } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import {
  type PeerId,
  type PeerRecord,
  type PersonId,
  type PersonPublicKeys,
  personIdOf,
} from "../../identity/index.ts";
import {
  type Clock,
  DiskError,
  type Log,
  type RecordStore,
  type Timed,
} from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { DevicesError, diskError } from "../errors.ts";
import { Framed } from "../framed.ts";
import {
  RECOVERY_ANSWER_MS,
  RECOVERY_STREAMS_MAX,
  SET_BYTES_MAX,
  SHARES_KEPT_MAX,
} from "../limits.ts";
import { KEEPING_FRAMING, KEEPING_SERVICE, type KeepingFrame } from "./protocol.ts";
import { isShareOf, type RecoverySet, readSet, SHARE_BYTES } from "./set.ts";

const KEPT = "devices/k/";

const keptSchema = schema.record({
  v: schema.literal(1),
  h: schema.bytes(SHARE_BYTES),
  s: schema.bytes(1, SET_BYTES_MAX),
});

/** A share that this peer keeps for somebody. */
export interface KeptShare {
  readonly set: RecoverySet;
  readonly share: Uint8Array;
}

/** What keeping is made of. */
export interface KeepingOptions {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly log: Log;
  readonly records: RecordStore;
  readonly sessions: SessionPort;
  /** The person of a peer that is a standing device of a contact who is met. */
  readonly personOf: (peer: PeerRecord) => PersonPublicKeys | undefined;
}

/** The shares that this peer keeps for its friends: one for each, the newest. */
export class Keeping implements Timed {
  readonly #options: KeepingOptions;
  readonly #kept = new Map<PersonId, KeptShare>();
  readonly #streams = new Map<
    PeerId,
    { readonly stream: Framed<KeepingFrame>; deadlineMs: number }
  >();

  constructor(options: KeepingOptions) {
    this.#options = options;
  }

  load(done: (error: DiskError | null) => void): void {
    const { records, suite } = this.#options;
    records.scan(KEPT, (error, found) => {
      if (error !== null) {
        done(error);
        return;
      }
      try {
        for (const { key, value } of found) {
          const { h, s } = keptSchema(decodeCbor(value), "share");
          this.#kept.set(key.slice(KEPT.length), { set: readSet(suite, s), share: h });
        }
      } catch (cause) {
        if (!(cause instanceof TypedError)) throw cause;
        done(new DiskError("corrupt", "A share that is kept for a friend is damaged.", { cause }));
        return;
      }
      this.#options.sessions.serve(KEEPING_SERVICE, (stream, from) => this.#accept(stream, from));
      done(null);
    });
  }

  /** The people for whom a share is kept. */
  all(): readonly (readonly [PersonId, KeptShare])[] {
    return [...this.#kept];
  }

  of(personId: PersonId): KeptShare | undefined {
    return this.#kept.get(personId);
  }

  /** Lets go of a person's share. Errors: "disk-full", "disk" */
  forget(personId: PersonId, done: (error: DevicesError | null) => void): void {
    this.#options.records.write([{ key: KEPT + personId, value: null }], (error) => {
      if (error === null) this.#kept.delete(personId);
      done(error === null ? null : diskError(error));
    });
  }

  nextDeadlineMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#streams.values()) nextMs = Math.min(nextMs, deadlineMs);
    return nextMs;
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const { stream, deadlineMs } of [...this.#streams.values()]) {
      if (nowMs >= deadlineMs) stream.drop();
    }
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    const person = this.#options.personOf(from);
    if (person === undefined) return undefined;
    this.#streams.get(from.id)?.stream.drop();
    if (this.#streams.size >= RECOVERY_STREAMS_MAX) return undefined;
    const framed: Framed<KeepingFrame> = new Framed(
      KEEPING_FRAMING,
      this.#options.log,
      (frame) => this.#take(framed, person, frame),
      () => {
        if (this.#streams.get(from.id)?.stream === framed) this.#streams.delete(from.id);
      },
    );
    const deadlineMs = this.#options.clock.monotonicMs() + RECOVERY_ANSWER_MS;
    this.#streams.set(from.id, { stream: framed, deadlineMs });
    framed.attach(stream);
    return framed;
  }

  #take(stream: Framed<KeepingFrame>, person: PersonPublicKeys, frame: KeepingFrame): void {
    const { suite, records } = this.#options;
    const personId = personIdOf(suite, person.signKey);
    if (frame.t === "keep") {
      this.#keep(stream, person, frame);
      return;
    }
    if (frame.t !== "drop") throw new DevicesError("protocol", "Shares are not kept like that.");
    const known = this.#kept.get(personId);
    if (known === undefined || !equalBytes(known.set.id, frame.i)) {
      stream.end({ t: "kept", i: frame.i });
      return;
    }
    records.write([{ key: KEPT + personId, value: null }], (error) => {
      if (error === null) this.#kept.delete(personId);
      stream.end(error === null ? { t: "kept", i: frame.i } : { t: "refused", r: "disk" });
    });
  }

  #keep(
    stream: Framed<KeepingFrame>,
    person: PersonPublicKeys,
    { s, h }: KeepingFrame & { readonly t: "keep" },
  ): void {
    const { suite, records } = this.#options;
    const personId = personIdOf(suite, person.signKey);
    const set = readSet(suite, s);
    if (!equalBytes(set.person, person.signKey) || !isShareOf(suite, set, h)) {
      throw new DevicesError("bad-share", "A share came that is none of that person's.");
    }
    const known = this.#kept.get(personId);
    if (known !== undefined && known.set.version > set.version) {
      stream.end({ t: "refused", r: "older" });
      return;
    }
    if (known === undefined && this.#kept.size >= SHARES_KEPT_MAX) {
      stream.end({ t: "refused", r: "full" });
      return;
    }
    const value = encodeCbor({ v: 1, h, s });
    records.write([{ key: KEPT + personId, value }], (error) => {
      if (error === null) this.#kept.set(personId, { set, share: h });
      stream.end(error === null ? { t: "kept", i: set.id } : { t: "refused", r: "disk" });
    });
  }
}
