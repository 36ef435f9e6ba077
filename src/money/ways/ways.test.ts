import { expect, test } from "vitest";
import { MemoryRecords } from "../../../test/support/memory-records.ts";
import { SessionNet } from "../../../test/support/session-net.ts";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { utf8 } from "../../base/bytes.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  makeLocalIdentity,
  type PeerRecord,
} from "../../identity/index.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import { ManualClock, testRandom } from "../../testing/fixtures.ts";
import { MoneyError } from "../errors.ts";
import { type Invoice, type InvoiceWish, paymentIdOf } from "../payments/index.ts";
import { decodeInvoice, signInvoice } from "../payments/invoice.ts";
import { INVOICE_MEMO_BYTES_MAX } from "../payments/limits.ts";
import { CreditMap } from "../routing/credit-map.ts";
import { Answers, type AnswersOptions } from "./answers.ts";
import { askForInvoice } from "./asking.ts";
import {
  ANSWER_WAIT_MS,
  AUTO_OPEN_MAX,
  DEVICES_ASKED_MAX,
  HINTS_BURST,
  HINTS_PER_REQUEST,
  MEMORY_EDGES_MAX,
  MEMORY_LIFE_MS,
  QUESTIONS_MAX,
  QUESTIONS_PER_PEER_MAX,
} from "./limits.ts";
import { Memory } from "./memory.ts";
import { payerWords } from "./payer-words.ts";
import { advertHolds, proveAdvert } from "./proof.ts";
import type { WaysAnswer, WaysQuestion } from "./protocol.ts";
import { Questions } from "./questions.ts";
import { WaysSettings } from "./settings.ts";

const suite = createNodeSuite();
const clock = new ManualClock();

function personOf(name: string): {
  readonly identity: ReturnType<typeof makeLocalIdentity>;
  readonly record: PeerRecord;
} {
  const seedOf = (what: string) => suite.sha256(utf8(`${what} ${name}`));
  const identity = makeLocalIdentity(suite, seedOf("device"), seedOf("person"));
  return {
    identity,
    record: decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 })),
  };
}

const anna = personOf("anna");
const ben = personOf("ben");
const HINT = { t: "hint", currency: "hours", canTake: true, lines: [], keys: new Map() } as const;
const ASK = { t: "ask-invoice", currency: "hours", amount: 12, memo: "bread" } as const;

/** A request of Ben's for what was asked. */
function signed({ amount, currency, memo }: InvoiceWish, salt = 0): Invoice {
  const hash = suite.sha256(utf8(String(salt)));
  const rest = { expiresAtMs: Math.floor(clock.wallMs()) + 1_000, hints: [] };
  return signInvoice(suite, ben.identity, { amount, currency, hash, memo, ...rest });
}

function answers(more: Partial<AnswersOptions> = {}): {
  readonly answers: Answers;
  readonly open: Set<string>;
  readonly ask: (question?: Partial<typeof ASK>) => WaysAnswer | undefined;
} {
  const open = new Set<string>();
  let salt = 0;
  const made = new Answers({
    clock,
    wayfinder: { hint: () => HINT, roomIn: () => 100 },
    isContact: () => true,
    hasLines: (currency) => currency === "hours",
    isWilling: () => true,
    currencyAsked: (proof) => (proof[0] === 9 ? undefined : "hours"),
    isOpen: (id) => open.has(id),
    request: (wish, done) => {
      const invoice = signed(wish, salt++);
      open.add(paymentIdOf(invoice));
      done(null, invoice);
    },
    ...more,
  });
  const ask = (question: Partial<typeof ASK> = {}): WaysAnswer | undefined => {
    const said: WaysAnswer[] = [];
    made.invoice(anna.record, { ...ASK, ...question } as typeof ASK, (answer) => said.push(answer));
    return said[0];
  };
  return { answers: made, open, ask };
}

test("a contact gets a request of just so much; others, and what cannot be taken, are told why not", () => {
  expect(answers().ask()).toMatchObject({ t: "invoice" });
  for (const [more, question, reason] of [
    [{ isContact: () => false }, {}, "stranger"],
    [{ isWilling: () => false }, {}, "off"],
    [{}, { currency: "eggs" }, "currency"],
    [{}, { amount: 101 }, "no-room"],
    [
      {
        request: (_: unknown, done: (e: MoneyError, i: null) => void) =>
          done(new MoneyError("full", ""), null),
      },
      {},
      "busy",
    ],
  ] as const) {
    const { ask } = answers(more as Partial<AnswersOptions>);
    expect(ask(question as Partial<typeof ASK>)).toEqual({ t: "no", reason });
  }
});

test("what a contact wants a request to say is signed as the payer's words, and nothing in it seems the payee's", () => {
  const said = answers().ask({ memo: 'received 1,000" for "bread' } as unknown as typeof ASK);
  if (said?.t !== "invoice") throw new RangeError("it was given");
  const { memo } = decodeInvoice(suite, said.bytes);
  expect(memo).toBe(`"received 1,000' for 'bread" (payer's words)`);
  expect(payerWords("")).toBe("");
  for (const letter of ["x", "\u00e4", "\u{1f35e}"]) {
    const long = payerWords(letter.repeat(INVOICE_MEMO_BYTES_MAX / utf8(letter).length));
    expect(utf8(long).length).toBeLessThanOrEqual(INVOICE_MEMO_BYTES_MAX);
    expect(utf8(long).length).toBeGreaterThan(INVOICE_MEMO_BYTES_MAX - 4);
    expect(long.endsWith(`${letter}" (payer's words)`)).toBe(true);
  }
});

test("a contact has so many open requests and not one more; paid ones make room, as time does", () => {
  const { ask, open } = answers();
  for (let count = 0; count < AUTO_OPEN_MAX; count++) expect(ask()?.t).toBe("invoice");
  expect(ask()).toEqual({ t: "no", reason: "too-many" });
  open.clear();
  // None is open, but they were many in a short time.
  expect(ask()).toEqual({ t: "no", reason: "too-many" });
  clock.advance(10_000);
  expect(ask()?.t).toBe("invoice");
  expect(ask()).toEqual({ t: "no", reason: "too-many" });
});

test("hints go to those who show an open request, so many for each and so many in all", () => {
  const { answers: made } = answers();
  const ask = (first: number, currency = "hours") =>
    made.hint({ t: "ask-hint", currency, amount: 1, linesMax: 9, proof: Uint8Array.of(first) });
  expect(ask(9)).toBeUndefined();
  expect(ask(1, "eggs")).toBeUndefined();
  for (let count = 0; count < HINTS_PER_REQUEST; count++) expect(ask(1)).toEqual(HINT);
  expect(ask(1)).toBeUndefined();
  let more = 0;
  for (let first = 10; first < 250; first++) if (ask(first) !== undefined) more++;
  expect(more).toBe(HINTS_BURST - HINTS_PER_REQUEST);
  clock.advance(10_000);
  expect(ask(1)).toEqual(HINT);
});

test("what a device answers is held against what was asked for, and the next device is asked", () => {
  const ask = (all: readonly (WaysAnswer | undefined)[]) => {
    const asked: WaysQuestion[] = [];
    const results: (Invoice | MoneyError | null)[] = [];
    const questions = {
      ask: (_peer: string, question: WaysQuestion, done: (answer?: WaysAnswer) => void) => {
        asked.push(question);
        done(all[asked.length - 1]);
      },
    };
    const devicesOf = () => all.map((_, at) => `device ${at}`);
    const who = ben.identity.person.personId;
    askForInvoice({ suite, questions, devicesOf }, who, ASK, (error, invoice) =>
      results.push(error, invoice),
    );
    return { asked: asked.length, error: results[0], invoice: results[1] };
  };
  const bytes = (wish: Partial<InvoiceWish>) =>
    signed({ ...ASK, memo: payerWords(ASK.memo), ...wish }).bytes;
  const good = { t: "invoice", bytes: bytes({}) } as const;
  expect(ask([good])).toMatchObject({ asked: 1, error: null, invoice: { amount: 12 } });
  expect(ask([undefined, { t: "no", reason: "off" }, good])).toMatchObject({
    asked: 3,
    error: null,
  });
  for (const other of [
    { amount: 13 },
    { memo: "wine" },
    { memo: ASK.memo },
    { currency: "eggs" },
  ]) {
    const answer = { t: "invoice", bytes: bytes(other) } as const;
    expect(ask([answer])).toMatchObject({ error: { code: "bad-invoice" }, invoice: null });
  }
  const rubbish = { t: "invoice", bytes: new Uint8Array(50) } as const;
  expect(ask([rubbish])).toMatchObject({ error: { code: "bad-invoice" } });
  expect(ask([])).toMatchObject({ error: { code: "unreachable" } });
  expect(ask([undefined])).toMatchObject({ error: { code: "unreachable" } });
  expect(ask([{ t: "no", reason: "currency" }])).toMatchObject({ error: { code: "no-route" } });
  expect(ask(new Array(DEVICES_ASKED_MAX + 1).fill(undefined)).asked).toBe(DEVICES_ASKED_MAX);
});

test("questions go over streams: answered, refused, cut, or forgotten in time", () => {
  const random = testRandom(5);
  const net = new SessionNet(random);
  let mood: "answer" | "silent" | "say-nothing" = "answer";
  const make = (record: PeerRecord) =>
    new Questions({
      ...{ session: net.join(record), clock, log: SILENT_LOG },
      answer: (from, question, reply) => {
        expect([from.id, question]).toEqual([anna.record.id, ASK]);
        if (mood === "answer") reply({ t: "no", reason: "off" });
        if (mood === "say-nothing") reply(undefined);
      },
    });
  const [hers, his] = [make(anna.record), make(ben.record)];
  his.open();
  const said: (WaysAnswer | undefined)[] = [];
  const ask = (peer = ben.record.id): void => {
    hers.ask(peer, ASK, (answer) => said.push(answer));
    while (net.busy) net.step();
  };
  ask();
  expect(said).toEqual([{ t: "no", reason: "off" }]);
  expect([hers.nextDeadlineMs(), his.nextDeadlineMs()]).toEqual([Infinity, Infinity]);
  mood = "say-nothing";
  ask();
  ask("nobody");
  expect(said.slice(1)).toEqual([undefined, undefined]);
  mood = "silent";
  for (let count = 0; count < QUESTIONS_PER_PEER_MAX; count++) ask();
  expect(said).toHaveLength(3);
  // One more of the same peer is not heard there.
  ask();
  expect(said).toHaveLength(4);
  clock.advance(ANSWER_WAIT_MS);
  hers.tick();
  while (net.busy) net.step();
  expect(said).toHaveLength(4 + QUESTIONS_PER_PEER_MAX);
  mood = "answer";
  ask();
  expect(said.at(-1)).toEqual({ t: "no", reason: "off" });
});

test("so many questions wait in all, of so many peers, and not one more", () => {
  const net = new SessionNet(testRandom(8));
  const make = (record: PeerRecord, answer: () => void = () => undefined) =>
    new Questions({ ...{ session: net.join(record), clock, log: SILENT_LOG }, answer });
  let heard = 0;
  const his = make(ben.record, () => heard++);
  his.open();
  const askers = Array.from({ length: QUESTIONS_MAX / QUESTIONS_PER_PEER_MAX + 1 }, (_, at) =>
    make(personOf(`asker ${at}`).record),
  );
  const said: (WaysAnswer | undefined)[] = [];
  const ask = (asker: Questions | undefined): void => {
    asker?.ask(ben.record.id, ASK, (answer) => said.push(answer));
    while (net.busy) net.step();
  };
  for (const asker of askers.slice(1)) {
    for (let count = 0; count < QUESTIONS_PER_PEER_MAX; count++) ask(asker);
  }
  expect([heard, said.length]).toEqual([QUESTIONS_MAX, 0]);
  ask(askers[0]);
  expect([heard, said]).toEqual([QUESTIONS_MAX, [undefined]]);
});

test("bytes that are no question end the stream, and nothing else", () => {
  const net = new SessionNet(testRandom(6));
  const his = new Questions({
    ...{ session: net.join(ben.record), clock, log: SILENT_LOG },
    answer: () => expect.unreachable(),
  });
  his.open();
  const random = testRandom(7);
  const session = net.join(anna.record);
  for (let count = 0; count < 200; count++) {
    const closed: string[] = [];
    const stream = session.openStream(ben.record.id, "money-ways", {
      onData: () => expect.unreachable(),
      onEnd() {},
      onDrain() {},
      onClose: (reason) => closed.push(reason),
    });
    const content = random.bytes(1 + (random.u32() % 60));
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, count % 5 === 0 ? 2 ** 31 : content.length);
    stream?.write(length);
    stream?.write(content);
    while (net.busy) net.step();
    expect(closed).toEqual(["reset"]);
  }
  expect(his.nextDeadlineMs()).toBe(Infinity);
});

test("what was found narrow is remembered for two minutes, of so many lines and not one more", () => {
  const memory = new Memory();
  const guess = (from: string, atMs: number): number | undefined => {
    const map = new CreditMap("me");
    map.claim(from, "x", { guess: 50, most: 90 });
    memory.apply(map, atMs);
    return map.guess[0];
  };
  const note = (from: string, isExact = true): void =>
    memory.note({ from, to: "x", free: 7, isExact }, 0);
  note("a");
  expect([guess("a", 1), guess("b", 1)]).toEqual([7, 50]);
  note("a", false);
  expect(guess("a", 1)).toBe(50);
  for (let at = 0; at < MEMORY_EDGES_MAX; at++) note(`p${at}`);
  expect([guess("p0", 1), guess("p5", 1)]).toEqual([7, 7]);
  note("one more");
  expect([guess("p0", 1), guess("p1", 1), guess("one more", 1)]).toEqual([50, 7, 7]);
  expect(guess("p5", MEMORY_LIFE_MS)).toBe(50);
});

test("the word for an advert is that of its origin, of a device that stands, for just these bytes", () => {
  const advert = utf8("an advert");
  const who = anna.identity.person.personId;
  const proof = proveAdvert(anna.identity, advert);
  const holds = (origin: string, bytes: Uint8Array, word: Uint8Array, isRevoked = false) =>
    advertHolds(suite, () => isRevoked, origin, bytes, word);
  expect(holds(who, advert, proof)).toBe(true);
  expect(holds(ben.identity.person.personId, advert, proof)).toBe(false);
  expect(holds(who, utf8("another"), proof)).toBe(false);
  for (let at = 0; at < proof.length; at += 7) {
    const altered = proof.slice();
    altered[at] = (altered[at] ?? 0) ^ 1;
    // The person's other key is not covered where their own key signs: nothing here is done with it.
    if (at < 32 || at >= 64) expect([at, holds(who, advert, altered)]).toEqual([at, false]);
    expect(holds(who, advert, proof.subarray(0, at))).toBe(false);
  }
  // A device without the person's own key signs with its certificate, and not once it is revoked.
  const device = { ...anna.identity, person: { ...anna.identity.person, root: undefined } };
  const word = proveAdvert(device, advert);
  expect([holds(who, advert, word), holds(who, advert, word, true)]).toEqual([true, false]);
});

test("what is hidden, and whether contacts get requests, is there after a start; not where the disk was full", () => {
  const disk = new MemoryRecords();
  const load = (): WaysSettings => {
    const settings = new WaysSettings(disk.open());
    settings.load((error) => expect(error).toBeNull());
    while (disk.busy) disk.step();
    return settings;
  };
  const errors: (string | undefined)[] = [];
  const first = load();
  expect([first.isWilling, first.isHidden("l")]).toEqual([true, false]);
  first.hide("l", true, (error) => errors.push(error?.code));
  first.setWilling(false, (error) => errors.push(error?.code));
  while (disk.busy) disk.step();
  const second = load();
  expect([second.isWilling, second.isHidden("l"), second.isHidden("m")]).toEqual([
    false,
    true,
    false,
  ]);
  disk.full = true;
  second.hide("m", true, (error) => errors.push(error?.code));
  while (disk.busy) disk.step();
  expect([errors, second.isHidden("m")]).toEqual([[undefined, undefined, "disk-full"], false]);
  disk.full = false;
  second.hide("l", false, () => {});
  second.setWilling(true, () => {});
  while (disk.busy) disk.step();
  expect([load().isWilling, load().isHidden("l")]).toEqual([true, false]);
});
