import { toHex } from "../../base/bytes.ts";
import { must, TypedError } from "../../base/errors.ts";
import { SerialChanges } from "../../base/serial-changes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { Backoff } from "../../feed/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../../identity/index.ts";
import {
  type Clock,
  DiskError,
  type Log,
  type Random,
  type RecordStore,
  type Timed,
} from "../../ports/index.ts";
import type { SessionPort } from "../../session/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { DevicesError, diskError } from "../errors.ts";
import { Framed } from "../framed.ts";
import {
  CHANGES_WAITING_MAX,
  FRIENDS_MAX,
  FRIENDS_NEEDED_MIN,
  HANDING_OUT_MAX,
  RECOVERY_ANSWER_MS,
  SET_BYTES_MAX,
} from "../limits.ts";
import { KEEPING_FRAMING, KEEPING_SERVICE, type KeepingFrame } from "./protocol.ts";
import { makeSet, type RecoverySet, readSet, SET_ID_BYTES, SHARE_BYTES } from "./set.ts";
import { splitSecret } from "./shamir.ts";

/** Key of the record that holds the shares for all friends. */
export const OWN_SHARES = "devices/o";

/** Devices of one friend that are remembered to keep the share. */
const KEEPERS_MAX = 32;

const ownSchema = schema.record({
  v: schema.literal(1),
  d: schema.list(schema.record({ i: schema.bytes(SET_ID_BYTES), p: schema.text(32) }), FRIENDS_MAX),
  l: schema.list(
    schema.record({
      h: schema.bytes(SHARE_BYTES),
      k: schema.list(schema.text(32), KEEPERS_MAX),
      p: schema.text(32),
    }),
    FRIENDS_MAX,
  ),
  s: schema.optional(schema.bytes(1, SET_BYTES_MAX)),
});

/** A friend and what is known of their share. */
export interface Friend {
  readonly personId: PersonId;
  readonly share: Uint8Array;
  /** Devices of theirs that have it on disk. */
  readonly keepers: readonly PeerId[];
}

/** The friends who hold shares, and those who should let go of an earlier one. */
interface State {
  readonly set: RecoverySet | undefined;
  readonly friends: readonly Friend[];
  readonly dropped: readonly { readonly personId: PersonId; readonly setId: Uint8Array }[];
}

/** What sharing is made of. */
export interface SharingOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly sessions: SessionPort;
  /** Undefined: this device does not hold the words. */
  readonly entropy: Uint8Array | undefined;
  /** @throws DevicesError("revoked") where this device was taken out: friends take nothing from it */
  readonly checkStanding: () => void;
  readonly personOf: (peer: PeerId) => PersonId | undefined;
}

interface Errand {
  readonly backoff: Backoff;
  stream: Framed<KeepingFrame> | undefined;
  dueMs: number;
}

const NOTHING: State = { set: undefined, friends: [], dropped: [] };

/** Shares a person's words out among friends and sees to it that each one's devices keep a share. */
export class Sharing implements Timed {
  readonly #options: SharingOptions;
  readonly #errands = new Map<PeerId, Errand>();
  readonly #changes = new SerialChanges<DevicesError>({
    waitingMax: CHANGES_WAITING_MAX,
    busy: () => new DevicesError("busy", "Too much waits for the disk; try again in a moment."),
    isRefusal: (error) => error instanceof DevicesError,
  });
  #state: State = NOTHING;

  constructor(options: SharingOptions) {
    this.#options = options;
  }

  load(done: (error: DiskError | null) => void): void {
    const { records, suite } = this.#options;
    records.scan(OWN_SHARES, (error, found) => {
      const value = found.find(({ key }) => key === OWN_SHARES)?.value;
      if (error !== null || value === undefined) {
        done(error);
        return;
      }
      try {
        const { d, l, s } = ownSchema(decodeCbor(value), "shares");
        this.#state = {
          set: s && readSet(suite, s),
          friends: l.map(({ h, k, p }) => ({ personId: p, share: h, keepers: k })),
          dropped: d.map(({ i, p }) => ({ personId: p, setId: i })),
        };
      } catch (cause) {
        if (!(cause instanceof TypedError)) throw cause;
        done(
          new DiskError("corrupt", "What is stored of your friends' shares is damaged.", { cause }),
        );
        return;
      }
      done(null);
    });
  }

  /** The friends, and how many of them bring this person back; undefined where there are none. */
  get current(): { readonly set: RecoverySet; readonly friends: readonly Friend[] } | undefined {
    const { set, friends } = this.#state;
    return set && { set, friends };
  }

  /**
   * Shares the words out anew, in place of what was before; no friends at all takes it back.
   * Errors: "revoked", "no-person-key", "too-few-friends", "disk-full", "disk"
   */
  share(
    friends: readonly PersonId[],
    need: number,
    done: (error: DevicesError | null) => void,
  ): void {
    this.#change(
      () => this.#planned([...new Set(friends)], need),
      (error) => {
        if (error === null) this.hurry();
        done(error);
      },
    );
  }

  peerReachable(id: PeerId): void {
    if (this.#errands.has(id)) return;
    const backoff = new Backoff(this.#options.random);
    this.#errands.set(id, { backoff, stream: undefined, dueMs: this.#nowMs() });
  }

  peerUnreachable(id: PeerId): void {
    const errand = this.#errands.get(id);
    this.#errands.delete(id);
    errand?.stream?.drop();
  }

  /** There may be something new to hand out, or somebody new to hand it to. */
  hurry(): void {
    for (const [id, errand] of this.#errands) {
      if (errand.stream === undefined && this.#frameFor(id) !== undefined) {
        errand.dueMs = this.#nowMs();
      }
    }
  }

  nextDeadlineMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    const isBusy = this.#openCount() >= HANDING_OUT_MAX;
    for (const { dueMs, stream } of this.#errands.values()) {
      if (stream !== undefined || !isBusy) nextMs = Math.min(nextMs, dueMs);
    }
    return nextMs;
  }

  tick(): void {
    const nowMs = this.#nowMs();
    for (const [id, errand] of [...this.#errands]) {
      if (nowMs < errand.dueMs) continue;
      if (errand.stream !== undefined) errand.stream.drop();
      else if (this.#openCount() < HANDING_OUT_MAX) this.#hand(id, errand);
    }
  }

  #openCount(): number {
    let count = 0;
    for (const { stream } of this.#errands.values()) if (stream !== undefined) count++;
    return count;
  }

  #planned(friends: readonly PersonId[], need: number): State {
    const { identity, entropy, suite, random, clock, checkStanding } = this.#options;
    checkStanding();
    const { root } = identity.person;
    if (root === undefined || entropy === undefined) {
      throw new DevicesError(
        "no-person-key",
        "Only a device that holds your 24 words can share them out. 'peernet recovery' says whether this one does.",
      );
    }
    const before = this.#state;
    const gone = before.friends.filter(({ personId }) => !friends.includes(personId));
    const old = before.set;
    const dropped = [
      ...before.dropped.filter(({ personId }) => !friends.includes(personId)),
      ...(old === undefined ? [] : gone.map(({ personId }) => ({ personId, setId: old.id }))),
    ].slice(-FRIENDS_MAX);
    if (friends.length === 0) return { ...NOTHING, dropped };
    const isFit =
      need >= FRIENDS_NEEDED_MIN && need <= friends.length && friends.length <= FRIENDS_MAX;
    if (!isFit) {
      throw new DevicesError(
        "too-few-friends",
        `Choose ${FRIENDS_NEEDED_MIN} to ${FRIENDS_MAX} friends, of whom ${FRIENDS_NEEDED_MIN} or more, up to all, are needed.`,
      );
    }
    const shares = splitSecret(entropy, need, friends.length, random);
    const version = Math.max(clock.wallMs(), (old?.version ?? 0) + 1);
    const set = makeSet(suite, root, { id: random.bytes(SET_ID_BYTES), version, need }, shares);
    const held = friends.map((personId, at) => ({
      personId,
      share: must(shares[at], "there is a share for each friend"),
      keepers: [],
    }));
    return { set, friends: held, dropped };
  }

  /** Changes are made one after another: answers of several friends may come at once. */
  #change(decide: (state: State) => State, done: (error: DevicesError | null) => void): void {
    this.#changes.make(() => {
      const next = decide(this.#state);
      const value = encodeCbor({
        v: 1,
        d: next.dropped.map(({ personId, setId }) => ({ i: setId, p: personId })),
        l: next.friends.map(({ personId, share, keepers }) => ({
          h: share,
          k: keepers,
          p: personId,
        })),
        s: next.set?.bytes,
      });
      return (carried) =>
        this.#options.records.write([{ key: OWN_SHARES, value }], (error) => {
          if (error === null) this.#state = next;
          carried(error === null ? null : diskError(error));
        });
    }, done);
  }

  /** What there is to say to a device, if anything. */
  #frameFor(id: PeerId): KeepingFrame | undefined {
    const personId = this.#options.personOf(id);
    if (personId === undefined) return undefined;
    const { set, friends, dropped } = this.#state;
    const friend = friends.find((one) => one.personId === personId);
    if (set !== undefined && friend !== undefined) {
      return friend.keepers.includes(id) ? undefined : { t: "keep", h: friend.share, s: set.bytes };
    }
    const drop = dropped.find((one) => one.personId === personId);
    return drop && { t: "drop", i: drop.setId };
  }

  #hand(id: PeerId, errand: Errand): void {
    errand.dueMs = Number.POSITIVE_INFINITY;
    const frame = this.#frameFor(id);
    if (frame === undefined) return;
    let isDone = false;
    const stream: Framed<KeepingFrame> = new Framed(
      KEEPING_FRAMING,
      this.#options.log,
      (answer) => {
        // Whoever keeps a newer one, or has no room, will not change their mind soon.
        isDone = answer.t === "kept" || (answer.t === "refused" && answer.r !== "disk");
        stream.end();
        if (answer.t === "kept") this.#kept(id, toHex(answer.i), frame.t);
      },
      () => {
        errand.stream = undefined;
        errand.dueMs = isDone ? Number.POSITIVE_INFINITY : this.#nowMs() + errand.backoff.nextMs();
      },
    );
    errand.stream = stream;
    errand.dueMs = this.#nowMs() + RECOVERY_ANSWER_MS;
    stream.attach(this.#options.sessions.openStream(id, KEEPING_SERVICE, stream));
    stream.send(frame);
  }

  #kept(id: PeerId, setId: string, what: KeepingFrame["t"]): void {
    const personId = this.#options.personOf(id);
    this.#change(
      (state) =>
        what === "drop"
          ? {
              ...state,
              dropped: state.dropped.filter(
                (one) => one.personId !== personId || toHex(one.setId) !== setId,
              ),
            }
          : withKeeper(state, { id, personId, setId }),
      () => {},
    );
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

/** The state once a friend's device has a share of the present set on disk. */
function withKeeper(
  state: State,
  kept: { readonly id: PeerId; readonly personId: PersonId | undefined; readonly setId: string },
): State {
  if (state.set === undefined || toHex(state.set.id) !== kept.setId) return state;
  const friends = state.friends.map((friend) =>
    friend.personId === kept.personId && !friend.keepers.includes(kept.id)
      ? { ...friend, keepers: [...friend.keepers, kept.id].slice(-KEEPERS_MAX) }
      : friend,
  );
  return { ...state, friends };
}
