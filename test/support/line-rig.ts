import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { toBase32 } from "../../src/base/base32.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { must } from "../../src/base/errors.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import {
  type LocalIdentity,
  makeLocalIdentity,
  personOfProof,
  proofOf,
} from "../../src/identity/index.ts";
import { MoneyError } from "../../src/money/errors.ts";
import {
  type Batch,
  decodeBatch,
  LineCore,
  LineState,
  lineTerms,
  type Op,
  otherSide,
  type Side,
  type Taken,
} from "../../src/money/line/index.ts";
import { createToySuite } from "../../src/simulation/toy-suite.ts";

/** Looks like the real suite; anybody could forge, and these tests do it by other means. */
export const toySuite: CryptoSuite = createToySuite(createNodeSuite());

/** Somebody with a device. */
export function somebody(name: string, device = `device of ${name}`): LocalIdentity {
  return makeLocalIdentity(toySuite, toySuite.sha256(utf8(device)), toySuite.sha256(utf8(name)));
}

/** What a device says first on a line. */
export function opening(identity: LocalIdentity, t: "open" | "takeover" = "open"): Op {
  return { t, key: identity.signKey.publicKey, proof: proofOf(identity.certificate) };
}

/** A batch on the disk of one side. */
export interface Kept {
  readonly isOwn: boolean;
  readonly bytes: Uint8Array;
}

/** Two people, a currency, in the order of the sides. */
export function couple(): readonly [LocalIdentity, LocalIdentity] {
  const [anna, ben] = [somebody("anna"), somebody("ben")];
  return anna.person.personId < ben.person.personId ? [anna, ben] : [ben, anna];
}

const CURRENCY = toBase32(toySuite.sha256(utf8("hours")));

/** The line of a couple. */
export function termsOf([one, other]: readonly [LocalIdentity, LocalIdentity]): ReturnType<
  typeof lineTerms
> {
  return lineTerms(toySuite, one.person.personId, other.person.personId, CURRENCY);
}

/** One side of a line with its disk; every batch is on disk at once unless a crash is asked for. */
export class End {
  readonly identity: LocalIdentity;
  readonly side: Side;
  disk: Kept[] = [];
  core: LineCore;
  /** The disk is an older copy: nothing is written until the other side was heard. */
  isStale = false;
  readonly #people: readonly [LocalIdentity, LocalIdentity];

  constructor(people: readonly [LocalIdentity, LocalIdentity], side: Side) {
    this.#people = people;
    this.side = side;
    this.identity = people[side];
    this.core = this.fresh();
  }

  fresh(): LineCore {
    return new LineCore({
      suite: toySuite,
      terms: termsOf(this.#people),
      side: this.side,
      personOf: (key, proof) => personOfProof(toySuite, key, proof),
    });
  }

  /** Writes an operation; false where it is refused. */
  act(op: Op): boolean {
    try {
      this.core.act(op);
      return true;
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      return false;
    }
  }

  /** Signs what waits and keeps it. */
  seal(): Uint8Array | undefined {
    const sealed = this.core.seal(this.identity.signKey, 1);
    if (sealed !== undefined) this.disk.push({ isOwn: true, bytes: sealed.batch.bytes });
    return sealed?.batch.bytes;
  }

  sealStatement(): Uint8Array {
    const { batch } = this.core.sealStatement(this.identity.signKey, 1);
    this.disk.push({ isOwn: true, bytes: batch.bytes });
    return batch.bytes;
  }

  /** Takes a batch of the other and keeps it; agrees with accounts as the desk does. */
  take(bytes: Uint8Array): Taken | string {
    try {
      const taken = this.core.take(bytes);
      if (taken.t === "new") {
        this.disk.push({ isOwn: false, bytes });
        if (taken.statement !== undefined && !this.isStale) {
          const { number } = taken.batch;
          this.act(this.core.agreement(this.identity.signKey, number, taken.statement));
        }
      }
      return taken;
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      return error.code;
    }
  }

  /** Starts again with what is on disk. */
  restart(): void {
    this.core = this.fresh();
    for (const { isOwn, bytes } of this.disk) {
      if (isOwn) this.core.replayOwn(decodeBatch(bytes));
      else this.core.replay(decodeBatch(bytes));
    }
  }

  /** Hears both logs from the other side, as after an old copy was put back. */
  reconcile(other: End): void {
    this.restart();
    for (const { isOwn, bytes } of other.disk) {
      if (isOwn) this.take(bytes);
      else if (this.core.adopt(bytes) !== undefined) this.disk.push({ isOwn: true, bytes });
    }
    this.isStale = false;
  }

  /** What the other side may lack. */
  ownBatches(): readonly Uint8Array[] {
    return this.disk.filter(({ isOwn }) => isOwn).map(({ bytes }) => bytes);
  }
}

/**
 * The definition: what two prefixes say, evaluated from nothing and with every operation judged exactly where its
 * author stood. Slow; the machine must come to the same.
 * @throws MoneyError where an operation was not allowed
 */
export function evaluate(
  logs: readonly [readonly Batch[], readonly Batch[]],
  counts: readonly [number, number] = [logs[0].length, logs[1].length],
): LineState {
  for (const side of [0, 1] as const) {
    for (const batch of logs[side].slice(0, counts[side])) {
      const before = batch.number - 1;
      const view: [number, number] = side === 0 ? [before, batch.seen] : [batch.seen, before];
      const state = fold(logs, view);
      for (const op of batch.ops) {
        state.check(side, op);
        state.apply(side, op);
      }
    }
  }
  return fold(logs, counts);
}

/** Applies two prefixes in an order in which everything comes after what its author had seen. */
export function fold(
  logs: readonly [readonly Batch[], readonly Batch[]],
  counts: readonly [number, number],
): LineState {
  const state = new LineState(toySuite);
  const done: [number, number] = [0, 0];
  while (done[0] < counts[0] || done[1] < counts[1]) {
    const side = ([0, 1] as const).find((each) => {
      const next = logs[each][done[each]];
      return done[each] < counts[each] && next !== undefined && next.seen <= done[otherSide(each)];
    });
    const due = must(side, "prefixes are causally closed");
    for (const op of must(logs[due][done[due]], "it was found").ops) state.apply(due, op);
    done[due]++;
  }
  return state;
}

/** What opens a lock of `prepare`. */
export const preimageOf = (number: number): Uint8Array =>
  toySuite.sha256(utf8(`preimage ${number}`));

/** Two ends of an open line; `limits` are what each lets the other owe. */
export function openLine(limits: readonly [number, number]): readonly [End, End] {
  const people = couple();
  const ends = [new End(people, 0), new End(people, 1)] as const;
  for (const end of ends) {
    end.act(opening(end.identity));
    end.act({ t: "limit", amount: limits[end.side] });
    end.seal();
  }
  exchange(ends);
  return ends;
}

/** All of both logs to both, until nothing is new. */
export function exchange([one, other]: readonly [End, End]): void {
  for (let isNew = true; isNew; ) {
    const before = one.core.theirs.count + other.core.theirs.count;
    for (const end of [one, other]) while (end.seal() !== undefined);
    for (const bytes of one.ownBatches().slice(other.core.theirs.count)) other.take(bytes);
    for (const bytes of other.ownBatches().slice(one.core.theirs.count)) one.take(bytes);
    isNew = one.core.theirs.count + other.core.theirs.count > before;
  }
}

/** Both half-logs, decoded. */
export function logsOf(ends: readonly [End, End]): [Batch[], Batch[]] {
  const [one, other] = ends.map((end) => end.ownBatches().map((bytes) => decodeBatch(bytes)));
  return [one ?? [], other ?? []];
}

/** A payment without a memo. */
export const pay = (amount: number): Op => ({ t: "pay", amount, memo: "" });
/** A lock; its number tells it from others. */
export const prepare = (number: number, amount: number): Op => {
  const id = toySuite.sha256(utf8(`lock ${number}`)).slice(0, 16);
  const hash = toySuite.sha256(preimageOf(number));
  return { t: "prepare", lock: { id, amount, hash, onion: utf8("on") } };
};
