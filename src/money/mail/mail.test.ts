import { describe, expect, test } from "vitest";
import { Market, type Trader } from "../../../test/support/market.ts";
import { MemoryRecords } from "../../../test/support/memory-records.ts";
import { DEFINITION_BYTES_MAX } from "../currency/limits.ts";
import { MoneyError } from "../errors.ts";
import {
  BATCHES_PER_FRAME_MAX,
  LETTER_AFTER_MS,
  LETTER_BATCHES_BYTES,
  LETTER_BYTES_MAX,
  LETTER_PAUSE_MS,
  LETTERS_AT_ONCE_MAX,
  LETTERS_KEPT_MAX,
} from "../limits.ts";
import { decodeLetter, encodeLetter } from "./letter.ts";

const SECOND_MS = 1_000;

/** Two with a line who are apart; what is new is written in letters. */
function apart(seed: number): { market: Market; anna: Trader; ben: Trader } {
  const market = new Market(seed);
  market.hasPost = true;
  const [anna, ben] = [market.add("anna"), market.add("ben")];
  market.line(anna, ben, { one: 50, other: 50 });
  market.part(anna, ben);
  return { market, anna, ben };
}

const pay = (market: Market, who: Trader, amount: number, memo = ""): string =>
  market.ask((done) => who.live.pay(who.view.id, amount, memo, [], done));

/** Writes all that is new at somebody. */
function write(who: Trader): void {
  who.mail?.writeAll(undefined, () => undefined);
}

const balances = (anna: Trader, ben: Trader): readonly number[] => [
  anna.view.balance,
  ben.view.balance,
];

describe("payments by letter", () => {
  test("go to who is out of reach, and the answer says that they came", () => {
    const { market, anna, ben } = apart(1);
    expect(pay(market, anna, 12, "bread")).toBe("");
    expect(pay(market, ben, 5, "eggs")).toBe("");
    write(anna);
    expect(market.letters).toHaveLength(1);
    market.deliver();
    expect(ben.told).toContain("paid 12 bread 2.0");
    expect(balances(anna, ben)).toEqual([-12, 7]);
    write(ben);
    market.deliver();
    expect(balances(anna, ben)).toEqual([-7, 7]);
    const line = anna.live.entry(anna.view.id);
    expect(line.heard).toBe(line.durable);
    // All is told: nothing more is written, by nobody.
    market.pass(10 * LETTER_PAUSE_MS);
    write(ben);
    market.letters.splice(0, 1);
    expect(market.letters).toEqual([]);
  });

  test("a line is offered, taken and paid over without ever meeting", () => {
    const market = new Market(2);
    market.hasPost = true;
    const [anna, ben] = [market.add("anna"), market.add("ben")];
    market.part(anna, ben);
    const currency = market.currency(anna);
    expect(market.ask((done) => anna.live.begin(ben.person, currency, 50, done))).toBe("");
    write(anna);
    market.deliver();
    expect(market.ask((done) => ben.live.begin(anna.person, currency, 30, done))).toBe("");
    write(ben);
    market.deliver();
    expect([anna.view.state, ben.view.state]).toEqual(["open", "open"]);
    expect(pay(market, anna, 3)).toBe("");
    write(anna);
    market.deliver();
    expect(balances(anna, ben)).toEqual([-3, 3]);
  });

  test("are written by themselves after a while, but not to who is in reach, and rarely", () => {
    const { market, anna, ben } = apart(3);
    pay(market, anna, 1);
    market.pass(LETTER_AFTER_MS - SECOND_MS);
    expect(market.letters).toHaveLength(0);
    market.pass(2 * SECOND_MS);
    expect(market.letters).toHaveLength(1);
    for (let minute = 0; minute < 20; minute++) {
      pay(market, anna, 1);
      market.pass(60 * SECOND_MS);
    }
    expect(market.letters.length).toBeLessThanOrEqual(3);
    market.letters = [];
    market.heal(anna, ben);
    pay(market, anna, 1);
    market.pass(2 * LETTER_PAUSE_MS);
    expect(market.letters).toHaveLength(0);
    expect(ben.view.balance).toBe(22);
  });

  test("that come twice, late or without those before them do no harm, and what is missing is asked for", () => {
    const { market, anna, ben } = apart(4);
    pay(market, anna, 1);
    write(anna);
    pay(market, anna, 2);
    write(anna);
    const [first, second] = market.letters.splice(0);
    if (first === undefined || second === undefined) throw new RangeError("Two were written.");
    market.deliver([second]);
    expect(ben.view.balance).toBe(0);
    write(ben);
    market.deliver();
    write(anna);
    market.deliver();
    expect(balances(anna, ben)).toEqual([-3, 3]);
    market.deliver([first, second]);
    expect(balances(anna, ben)).toEqual([-3, 3]);
    market.heal(anna, ben);
    market.pass(SECOND_MS);
    pay(market, ben, 4);
    market.pass(SECOND_MS);
    expect(balances(anna, ben)).toEqual([1, -1]);
  });

  test("an old one makes no old copy sure of itself", () => {
    const { market, anna, ben } = apart(5);
    pay(market, ben, 1);
    write(ben);
    const [old] = market.letters;
    const copy = new MemoryRecords();
    for (const [key, value] of anna.disk.kept) copy.kept.set(key, value);
    pay(market, anna, 7);
    write(anna);
    market.deliver();
    expect(ben.view.balance).toBe(6);
    market.crash(anna, Number.MAX_SAFE_INTEGER);
    anna.disk = copy;
    anna.isCopied = true;
    market.start(anna);
    market.pass(SECOND_MS);
    if (old !== undefined) market.deliver([old]);
    expect(pay(market, anna, 2)).toBe("stale");
    // Ben's newer letter tells that something is missing here; only when they meet is it back.
    write(ben);
    market.deliver();
    expect(pay(market, anna, 2)).toBe("stale");
    market.heal(anna, ben);
    market.pass(20 * SECOND_MS);
    expect(pay(market, anna, 2)).toBe("");
    market.pass(SECOND_MS);
    expect(balances(anna, ben)).toEqual([-8, 8]);
  });

  test("a crash after a letter was taken loses nothing of it, wherever it comes", () => {
    for (let kept = 0; kept < 6; kept++) {
      const { market, anna, ben } = apart(6);
      pay(market, anna, 12);
      write(anna);
      const letters = market.letters.splice(0);
      const begun = ben.disk;
      market.deliver(letters);
      market.crash(ben, kept);
      expect(begun).toBe(ben.disk);
      market.start(ben);
      market.pass(SECOND_MS);
      expect(ben.view.balance).toBe(12);
      const left = [...ben.disk.kept.keys()].filter((key) => key.startsWith("money/mail/"));
      expect(left).toEqual([]);
    }
  });

  test("records of letters that are damaged hold up no start, and nothing is lost", () => {
    const { market, anna, ben } = apart(9);
    pay(market, anna, 3);
    write(anna);
    for (const each of [anna, ben]) {
      each.disk.kept.set("money/mail/x", Uint8Array.of(0x84, 1));
      each.disk.kept.set(`money/posted/${anna.view.id}`, Uint8Array.of(0x82, 0x43, 1, 2, 3, 9));
      market.restart(each);
    }
    market.part(anna, ben);
    write(anna);
    market.deliver();
    expect(balances(anna, ben)).toEqual([-3, 3]);
  });

  test("another device that writes from now on is written all anew", () => {
    const market = new Market(10);
    market.hasPost = true;
    const [anna, ben] = [market.add("anna"), market.add("ben")];
    market.line(anna, ben, { one: 50, other: 50 });
    const second = market.add("ben", "ben's second");
    market.pass(20 * SECOND_MS);
    market.split([anna]);
    pay(market, anna, 4);
    write(anna);
    market.letters = [];
    // The first is lost with its letter; the second takes over and has met neither.
    market.heal(anna, second);
    market.pass(SECOND_MS);
    expect(market.ask((done) => second.live.takeOver(second.view.id, done))).toBe("");
    market.part(anna, second);
    pay(market, anna, 2);
    write(anna);
    expect(market.letters.map(({ to }) => to)).toEqual([ben.identity.id]);
    market.heal(anna, second);
    market.pass(SECOND_MS);
    market.part(anna, second);
    pay(market, anna, 1);
    write(anna);
    expect(market.letters.at(-1)?.to).toBe(second.identity.id);
    market.deliver();
    expect(second.view.balance).toBe(7);
  });

  test("of strangers, too large, too many or of nonsense change nothing", () => {
    const { market, anna, ben } = apart(7);
    const cleo = market.add("cleo");
    const send = (from: Trader, content: Uint8Array): void =>
      market.deliver([{ from, to: ben.identity.id, content }]);
    market.isContact = () => false;
    send(cleo, Uint8Array.of(1));
    market.isContact = () => true;
    send(anna, new Uint8Array(LETTER_BYTES_MAX + 1));
    send(anna, new Uint8Array(LETTER_BYTES_MAX));
    send(anna, Uint8Array.of(9, 9));
    const reach = { count: 0, head: new Uint8Array(32) };
    const line = {
      line: ben.view.id,
      mine: reach,
      yours: reach,
      lacks: false,
      definition: undefined,
    };
    const batch = { isBringers: true, bytes: Uint8Array.of(1, 2, 3) };
    send(anna, encodeLetter({ ...line, batches: [batch] }));
    // A letter of cleo's about the line of two others.
    send(cleo, encodeLetter({ ...line, batches: [] }));
    expect([...ben.disk.kept.keys()].filter((key) => key.startsWith("money/mail/"))).toEqual([]);
    expect(ben.view).toMatchObject({ balance: 0, state: "open" });
    pay(market, anna, 2);
    market.heal(anna, ben);
    market.pass(20 * SECOND_MS);
    expect(ben.view.balance).toBe(2);
  });

  test("that no disk takes are said to be lost, and written once it does", () => {
    const { market, anna, ben } = apart(11);
    pay(market, anna, 4);
    market.postFailure = new MoneyError("disk-full", "Full.");
    const said: unknown[] = [];
    anna.mail?.writeAll(undefined, (error) => said.push(error?.code));
    expect(said).toEqual(["disk-full"]);
    market.postFailure = null;
    market.letters = [];
    anna.mail?.writeAll(undefined, (error) => said.push(error));
    market.deliver();
    expect(said).toEqual(["disk-full", null]);
    expect(ben.view.balance).toBe(4);
  });

  test("are as many in a row as agreed, and the others later", () => {
    const market = new Market(12);
    market.hasPost = true;
    const [anna, ben] = [market.add("anna"), market.add("ben")];
    market.line(anna, ben, { one: 100_000, other: 50 });
    market.part(anna, ben);
    // Each signed on its own: some 65 batches fill a letter.
    const memo = "x".repeat(128);
    for (let count = 0; count < 1_300; count++) pay(market, anna, 1, memo);
    write(anna);
    expect(market.letters).toHaveLength(LETTERS_AT_ONCE_MAX);
    for (const { content } of market.letters) {
      expect(content.length).toBeLessThanOrEqual(LETTER_BYTES_MAX);
    }
    market.deliver();
    expect(ben.view.balance).toBeLessThan(1_300);
    write(anna);
    market.deliver();
    expect(ben.view.balance).toBe(1_300);
  });

  test("are taken up to as many as may wait for the disk", () => {
    const { market, anna, ben } = apart(8);
    const taken: string[] = [];
    const nothing = (): void => undefined;
    const draft = {
      ...{ onCommit: nothing, onUndone: nothing },
      write: (key: string) => void taken.push(key),
    };
    const letter = { device: anna.identity.id, personId: anna.person, content: Uint8Array.of(1) };
    for (let count = 0; count <= LETTERS_KEPT_MAX; count++) ben.mail?.take(draft, letter);
    expect(taken.length).toBe(LETTERS_KEPT_MAX);
    expect(market.letters).toEqual([]);
  });
});

describe("a letter about a line", () => {
  const reach = (count: number) => ({ count, head: new Uint8Array(32).fill(count) });
  const whole = {
    definition: Uint8Array.of(1, 2),
    line: "aaaaaaaaaaaaaaaaaaaaaaaaaa",
    ...{ lacks: true, mine: reach(3), yours: reach(4) },
    batches: [{ isBringers: true, bytes: Uint8Array.of(7) }],
  };

  test("with all that one may hold is one that is taken", () => {
    const bytes = new Uint8Array(Math.floor(LETTER_BATCHES_BYTES / BATCHES_PER_FRAME_MAX));
    const batches = Array.from({ length: BATCHES_PER_FRAME_MAX }, () => ({
      ...{ isBringers: true, bytes },
    }));
    const definition = new Uint8Array(DEFINITION_BYTES_MAX);
    const fullest = encodeLetter({ ...whole, definition, batches });
    expect(fullest.length).toBeLessThanOrEqual(LETTER_BYTES_MAX);
    expect(decodeLetter(fullest).batches).toHaveLength(BATCHES_PER_FRAME_MAX);
  });

  test("is read as it was written", () => {
    expect(decodeLetter(encodeLetter(whole))).toEqual(whole);
    const short = { ...whole, definition: undefined, lacks: false, batches: [] };
    expect(decodeLetter(encodeLetter(short))).toEqual(short);
  });

  test("of another version, cut, doubled or with foreign frames is refused", () => {
    const bytes = encodeLetter(whole);
    const twice = Uint8Array.from([...bytes, ...bytes.subarray(1)]);
    for (const bad of [Uint8Array.of(2, ...bytes.subarray(1)), twice, bytes.subarray(0, 1)]) {
      expect(() => decodeLetter(bad)).toThrow();
    }
    expect(() => decodeLetter(bytes.subarray(0, 40))).toThrow();
  });
});
