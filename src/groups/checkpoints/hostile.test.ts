import { describe, expect, test, vi } from "vitest";
import { Coop, type Fellow } from "../../../test/support/coop.ts";
import { suite } from "../../../test/support/hamlet.ts";
import { must, TypedError } from "../../base/errors.ts";
import { GroupLog, signOp } from "../log/index.ts";
import { certificateVouching, proofOf } from "../proof.ts";
import type { GroupInfo } from "../types.ts";
import {
  CHECKPOINT_HEADS_MAX,
  CHECKPOINT_OPS_MIN,
  CHECKPOINTS_KEPT,
  HISTORY_AFTER_MS,
} from "./limits.ts";
import { believedLog, type State, stateOf } from "./state.ts";
import { readWord, signWord, stateDigest, type WordTerms } from "./word.ts";

const SECOND_MS = 1_000;
const vouching = certificateVouching(suite);

function ask<T extends object>(coop: Coop, make: Parameters<typeof coop.ask<T>>[0]): T {
  const answer = coop.ask<T>(make);
  if (typeof answer === "string") throw new RangeError(answer);
  return answer;
}

/** Anna's group with a checkpoint, of which Ben has the history as well. */
class Village {
  readonly coop: Coop;
  readonly anna: Fellow;
  readonly ben: Fellow;
  readonly id: string;
  readonly link: string;

  constructor(seed: number) {
    this.coop = new Coop(seed);
    const { coop } = this;
    const [anna, ben] = [coop.add("anna"), coop.add("ben")];
    this.anna = anna;
    this.ben = ben;
    this.id = ask<GroupInfo>(coop, (done) => anna.live.create("Coop", done)).id;
    const { id } = this;
    const terms = { uses: 9, role: "member", endpoints: [] } as const;
    this.link = ask<{ link: string }>(coop, (done) => anna.does.invite(id, terms, done)).link;
    ask<GroupInfo>(coop, (done) => ben.live.join(this.link, done));
    coop.pass(5 * SECOND_MS);
    for (let step = 0; step < CHECKPOINT_OPS_MIN; step++) this.grow(step);
    coop.pass(5 * SECOND_MS);
  }

  grow(step: number): void {
    const target = { t: "person", id: this.ben.person } as const;
    this.coop.ask((done) => this.anna.does.name(this.id, `name-${step % 7}`, target, done));
  }

  log(at: Fellow): GroupLog {
    return at.live.find(this.id).log;
  }

  /** What the founder's own device says of a state. */
  word(by: Fellow, terms: WordTerms): Uint8Array {
    return signWord(by.identity.signKey, proofOf(by.identity.certificate), terms);
  }

  /** The state that honest peers sign now. */
  state(): State {
    const { ops } = this.log(this.anna);
    const heads = ops.heads().slice(0, CHECKPOINT_HEADS_MAX);
    return must(stateOf(suite, this.log(this.anna), heads), "the log is whole");
  }

  /** From now on Anna gives newcomers this, which she signs. */
  lie(skeleton: Uint8Array): void {
    const state = { ...this.state(), skeleton, digest: stateDigest(suite, skeleton) };
    const words = [this.word(this.anna, state)];
    vi.spyOn(this.anna.live.find(this.id).words, "best").mockReturnValue({ state, words });
  }

  /** Cleo comes in by Anna, who is the only one in reach. */
  newcomer(): Fellow {
    const cleo = this.coop.add("cleo");
    this.coop.split([cleo], [this.ben]);
    ask<GroupInfo>(this.coop, (done) => cleo.live.join(this.link, done));
    this.coop.pass(3 * SECOND_MS);
    return cleo;
  }
}

function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const other = text.replaceAll(from, to);
  return Uint8Array.from(other, (unit) => unit.charCodeAt(0));
}

const code = (make: () => unknown): string => {
  try {
    make();
    return "fine";
  } catch (error) {
    return error instanceof TypedError ? error.code : String(error);
  }
};

describe("a checkpoint that is not true", () => {
  test("is given up once the history shows it, and everybody says the same again", () => {
    const village = new Village(1);
    const { coop, anna, ben } = village;
    village.lie(replaced(village.state().skeleton, "name-3", "nbme-3"));
    const cleo = village.newcomer();
    expect(
      village
        .log(cleo)
        .names()
        .map(({ label }) => label),
    ).toContain("nbme-3");
    coop.pass(HISTORY_AFTER_MS + 10 * SECOND_MS);
    coop.merge();
    coop.pass(60 * SECOND_MS);
    expect(cleo.live.info(village.id).state).toBe("in");
    expect(village.log(cleo).ops.thinOps).toBe(0);
    expect(village.log(cleo).digest()).toBe(village.log(ben).digest());
    coop.restart(cleo);
    expect(village.log(cleo).digest()).toBe(village.log(anna).digest());
  });

  test("that says more than the history is given up as well", () => {
    const village = new Village(2);
    const { coop, anna, ben } = village;
    const more = new GroupLog(suite, vouching);
    for (const { op } of village.log(anna).ops.entries) more.add(op);
    const { signKey, certificate } = anna.identity;
    const key = village.log(anna).ops.entries[0]?.op.author ?? "";
    const friend = "ab".repeat(16);
    const targets = [{ person: friend, label: "friend" }];
    const device = { key, person: anna.person, proof: proofOf(certificate) };
    more.add(signOp(suite, signKey, more.nextTerms(device, { t: "add", role: "admin", targets })));
    village.lie(must(stateOf(suite, more, more.ops.heads()), "it is whole").skeleton);
    const cleo = village.newcomer();
    expect(village.log(cleo).members().get(friend)?.role).toBe("admin");
    coop.pass(HISTORY_AFTER_MS + 10 * SECOND_MS);
    coop.merge();
    // Anna says to have the history, and has no more to give at the next comparison.
    coop.pass(700 * SECOND_MS);
    expect(village.log(cleo).members().has(friend)).toBe(false);
    expect(village.log(cleo).digest()).toBe(village.log(ben).digest());
  });

  test("is refused where too few owners, or others, have signed it", () => {
    const village = new Village(3);
    const { anna, ben, id } = village;
    const state = village.state();
    const { skeleton } = state;
    const by = (...words: Uint8Array[]): string =>
      code(() => believedLog(suite, vouching, id, { skeleton, words }));
    expect(by(village.word(anna, state))).toBe("fine");
    expect(by()).toBe("bad-checkpoint");
    expect(by(village.word(ben, state))).toBe("bad-checkpoint");
    expect(by(village.word(anna, { ...state, digest: "00".repeat(32) }))).toBe("bad-checkpoint");
    expect(by(village.word(anna, { ...state, group: "00".repeat(16) }))).toBe("malformed");
    const bent = village.word(anna, state);
    bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
    expect(by(bent)).toBe("malformed");
    const other = { skeleton, words: [village.word(anna, state)] };
    expect(code(() => believedLog(suite, vouching, "11".repeat(16), other))).toBe("bad-checkpoint");
  });

  test("no bit of it can be another without being noticed", () => {
    const village = new Village(4);
    const state = village.state();
    const words = [village.word(village.anna, state)];
    for (let at = 0; at < state.skeleton.length; at += 97) {
      const skeleton = state.skeleton.slice();
      skeleton[at] = (skeleton[at] ?? 0) ^ (1 << (at % 8));
      expect(code(() => believedLog(suite, vouching, village.id, { skeleton, words }))).not.toBe(
        "fine",
      );
    }
    for (let length = 0; length < state.skeleton.length; length += 131) {
      const skeleton = state.skeleton.slice(0, length);
      expect(code(() => believedLog(suite, vouching, village.id, { skeleton, words }))).not.toBe(
        "fine",
      );
    }
  });
});

describe("words on checkpoints", () => {
  test("are kept where the own log says the same, and of owners only", () => {
    const village = new Village(5);
    const { anna, ben } = village;
    const { words } = ben.live.find(village.id);
    expect(words.best()?.words).toHaveLength(1);
    village.grow(1);
    village.coop.pass(SECOND_MS);
    const state = village.state();
    const wrong = village.word(anna, { ...state, digest: "00".repeat(32) });
    expect(words.take(wrong)).toBe(false);
    expect(words.take(village.word(anna, { ...state, count: state.count + 1 }))).toBe(false);
    expect(words.take(village.word(ben, state))).toBe(false);
    expect(words.take(village.word(anna, state))).toBe(true);
    expect(words.take(village.word(anna, state))).toBe(false);
    expect(words.best()?.state.count).toBe(state.count);
  });

  test("are of a few checkpoints only, and name a few last operations at most", () => {
    const village = new Village(6);
    const { anna, ben, coop } = village;
    // With two owners one word is not enough, so that none makes the others needless.
    const owners = [anna.person, ben.person];
    coop.ask((done) => anna.does.proposeOwners(village.id, owners, 2, [], done));
    coop.pass(SECOND_MS);
    const book = ben.live.find(village.id).words;
    vi.spyOn(book, "logChanged").mockReturnValue([]);
    for (let step = 0; step < CHECKPOINTS_KEPT + 2; step++) {
      village.grow(step);
      coop.pass(SECOND_MS);
      book.take(village.word(anna, village.state()));
    }
    expect(book.words()).toHaveLength(CHECKPOINTS_KEPT);
    expect(book.best()).toBeUndefined();
    const heads = Array.from({ length: CHECKPOINT_HEADS_MAX + 1 }, (_, at) =>
      at.toString(16).padStart(64, "0"),
    );
    const state = village.state();
    const read = (some: readonly string[]) =>
      code(() =>
        readWord(suite, vouching, village.id, village.word(anna, { ...state, heads: some })),
      );
    expect(read(heads.slice(1))).toBe("fine");
    expect(read(heads)).not.toBe("fine");
    expect(read([])).toBe("malformed");
  });

  test("of several owners come together by members in between", () => {
    const village = new Village(7);
    const { anna, ben, coop, id } = village;
    const owners = [anna.person, ben.person];
    coop.ask((done) => anna.does.proposeOwners(id, owners, 2, [], done));
    coop.pass(30 * SECOND_MS);
    for (let step = 0; step < 40; step++) village.grow(step);
    coop.pass(60 * SECOND_MS);
    for (const owner of [anna, ben]) {
      expect(owner.live.find(id).words.best()?.words).toHaveLength(2);
    }
    const cleo = village.newcomer();
    expect(village.log(cleo).ops.thinOps).toBeGreaterThan(0);
    expect(village.log(cleo).digest()).toBe(village.log(anna).digest());
    expect(cleo.live.info(id).state).toBe("in");
  });
});
