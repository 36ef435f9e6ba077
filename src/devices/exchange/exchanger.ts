import type { CryptoSuite } from "../../crypto/index.ts";
import { Backoff } from "../../feed/index.ts";
import {
  type PeerId,
  type PeerRecord,
  type PersonPublicKeys,
  personIdOf,
} from "../../identity/index.ts";
import type { Clock, Log, Random, Timed } from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import type { DeviceBook } from "../book.ts";
import { EXCHANGE_TIMEOUT_MS, EXCHANGES_OPEN_MAX, EXCHANGES_SERVED_MAX } from "../limits.ts";
import type { DeviceLog } from "../log/log.ts";
import { DEVICES_SERVICE, encodeFrame } from "./protocol.ts";
import { type Heard, Talk, type TalkLogs } from "./talk.ts";

/** What exchanges are made of. */
export interface ExchangerOptions {
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sessions: SessionPort;
  readonly book: DeviceBook;
  /** The sign key of this person. */
  readonly own: Uint8Array;
  /** The person of a peer where it is this person or a contact who is met. */
  readonly personOf: (peer: PeerId) => PersonPublicKeys | undefined;
}

interface Errand {
  readonly backoff: Backoff;
  talk: Talk | undefined;
  /** When to begin the next exchange; infinity: when there is something new. */
  dueMs: number;
  /** The heads of both logs after the last exchange. */
  agreed: string;
}

/**
 * Keeps device logs the same at contacts' devices and own ones: an exchange when they meet and
 * when one of the two logs has changed. What comes is verified and on disk before it counts.
 */
export class Exchanger implements Timed {
  readonly #options: ExchangerOptions;
  readonly #errands = new Map<PeerId, Errand>();
  readonly #served = new Map<PeerId, Talk>();
  #openCount = 0;

  constructor(options: ExchangerOptions) {
    this.#options = options;
  }

  /** From now on others may begin exchanges. */
  serve(): void {
    this.#options.sessions.serve(DEVICES_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  peerReachable(id: PeerId): void {
    if (this.#errands.has(id)) return;
    const dueMs =
      this.#options.personOf(id) === undefined ? Number.POSITIVE_INFINITY : this.#nowMs();
    const backoff = new Backoff(this.#options.random);
    this.#errands.set(id, { backoff, talk: undefined, dueMs, agreed: "" });
  }

  peerUnreachable(id: PeerId): void {
    const errand = this.#errands.get(id);
    this.#errands.delete(id);
    errand?.talk?.drop();
  }

  /** Something may be new for peers: those that are not agreed any more are talked to soon. */
  hurry(): void {
    const nowMs = this.#nowMs();
    for (const [id, errand] of this.#errands) {
      const logs = errand.talk === undefined ? this.#logsWith(id) : undefined;
      if (logs === undefined || nameOf(logs) === errand.agreed) continue;
      errand.backoff.reset();
      errand.dueMs = nowMs;
    }
  }

  nextDeadlineMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { talk, dueMs } of this.#errands.values()) {
      if (talk !== undefined) nextMs = Math.min(nextMs, talk.deadlineMs);
      else if (this.#openCount < EXCHANGES_OPEN_MAX) nextMs = Math.min(nextMs, dueMs);
    }
    for (const { deadlineMs } of this.#served.values()) nextMs = Math.min(nextMs, deadlineMs);
    return nextMs;
  }

  tick(): void {
    const nowMs = this.#nowMs();
    for (const [id, errand] of [...this.#errands]) {
      if (errand.talk !== undefined) {
        if (nowMs >= errand.talk.deadlineMs) errand.talk.drop();
      } else if (nowMs >= errand.dueMs && this.#openCount < EXCHANGES_OPEN_MAX) {
        this.#open(id, errand);
      }
    }
    for (const talk of [...this.#served.values()]) if (nowMs >= talk.deadlineMs) talk.drop();
  }

  #open(id: PeerId, errand: Errand): void {
    errand.dueMs = Number.POSITIVE_INFINITY;
    const person = this.#options.personOf(id);
    if (person === undefined) return;
    if (this.#isRevoked(id, person)) {
      this.#tellRevoked(id, errand, person);
      return;
    }
    this.#openCount++;
    const talk = this.#talk(person, (heard) => {
      this.#openCount--;
      errand.talk = undefined;
      const retry = (): void => {
        errand.dueMs = this.#nowMs() + errand.backoff.nextMs();
      };
      if (heard === undefined) retry();
      else this.#keep(person, heard, (isKept) => (isKept ? this.#agree(id, errand) : retry()));
    });
    errand.talk = talk;
    const stream = this.#options.sessions.openStream(id, DEVICES_SERVICE, talk);
    if (stream === undefined) talk.drop();
    else talk.begin(stream);
  }

  #agree(id: PeerId, errand: Errand): void {
    errand.backoff.reset();
    const logs = this.#logsWith(id);
    errand.agreed = logs === undefined ? "" : nameOf(logs);
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    const person = this.#options.personOf(from.id);
    if (person === undefined) return undefined;
    if (this.#isRevoked(from.id, person)) return this.#prove(stream, from.id, person);
    this.#served.get(from.id)?.drop();
    if (this.#served.size >= EXCHANGES_SERVED_MAX) return undefined;
    const talk: Talk = this.#talk(person, (heard) => {
      if (this.#served.get(from.id) === talk) this.#served.delete(from.id);
      if (heard === undefined) return;
      this.#keep(person, heard, (isKept) => {
        const errand = this.#errands.get(from.id);
        if (isKept && errand !== undefined) this.#agree(from.id, errand);
      });
    });
    this.#served.set(from.id, talk);
    talk.begin(stream);
    return talk;
  }

  /** A device that was revoked hears the proof of it, and nothing that came after. */
  #prove(stream: Stream, id: PeerId, person: PersonPublicKeys): StreamEvents {
    const log = this.#logOf(person);
    const proof = log.upTo(log.devices.get(id)?.revokedIn ?? "");
    const whose = this.#isOwn(person) ? "mine" : "yours";
    stream.write(encodeFrame({ t: "hello", m: [], y: [] }));
    for (const { bytes } of proof) stream.write(encodeFrame({ t: "ops", p: whose, l: [bytes] }));
    stream.write(encodeFrame({ t: "end" }));
    stream.end();
    return deaf(() => stream);
  }

  /** Once after each change of the logs: it may not know yet. */
  #tellRevoked(id: PeerId, errand: Errand, person: PersonPublicKeys): void {
    let stream: Stream | undefined;
    stream = this.#options.sessions.openStream(
      id,
      DEVICES_SERVICE,
      deaf(() => stream),
    );
    if (stream === undefined) return;
    this.#prove(stream, id, person);
    this.#agree(id, errand);
  }

  #talk(person: PersonPublicKeys, done: (heard: Heard | undefined) => void): Talk {
    return new Talk(this.#nowMs() + EXCHANGE_TIMEOUT_MS, () => this.#logs(person), done);
  }

  /** Takes what was told into the logs; `done(false)` where that failed. */
  #keep(person: PersonPublicKeys, heard: Heard, done: (isKept: boolean) => void): void {
    const { book, log, own } = this.#options;
    const isOwn = this.#isOwn(person);
    const mine = isOwn ? [...heard.mine, ...heard.yours] : heard.mine;
    const finish = (isKept: boolean): void => {
      if (!isKept) log.warn("what was told of devices was not taken");
      done(isKept);
    };
    book.change(
      own,
      () => mine,
      (error) => {
        if (error !== null) finish(false);
        else if (isOwn) finish(true);
        else
          book.change(
            person.signKey,
            () => heard.yours,
            (failure) => finish(failure === null),
          );
      },
    );
  }

  #logsWith(id: PeerId): TalkLogs | undefined {
    const person = this.#options.personOf(id);
    return person && this.#logs(person);
  }

  #logs(person: PersonPublicKeys): TalkLogs {
    const mine = this.#logOf({ signKey: this.#options.own });
    return { mine, yours: this.#isOwn(person) ? undefined : this.#logOf(person) };
  }

  #logOf({ signKey }: Pick<PersonPublicKeys, "signKey">): DeviceLog {
    return this.#options.book.log(personIdOf(this.#options.suite, signKey), signKey);
  }

  #isRevoked(device: PeerId, { signKey }: PersonPublicKeys): boolean {
    return this.#options.book.isRevoked(device, personIdOf(this.#options.suite, signKey));
  }

  #isOwn(person: PersonPublicKeys): boolean {
    const { own, suite } = this.#options;
    return personIdOf(suite, person.signKey) === personIdOf(suite, own);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** Takes what comes and forgets it. */
function deaf(stream: () => Stream | undefined): StreamEvents {
  const nothing = (): void => {};
  return {
    onData: (bytes) => stream()?.consume(bytes.length),
    onEnd: nothing,
    onDrain: nothing,
    onClose: nothing,
  };
}

function nameOf({ mine, yours }: TalkLogs): string {
  return `${mine.heads.join(",")}|${yours?.heads.join(",") ?? ""}`;
}
