import { describe, expect, test } from "vitest";
import { Market, type Trader } from "../../test/support/market.ts";
import { fromBase32 } from "../base/base32.ts";
import { frameOf } from "../feed/index.ts";
import type { SessionPort, Stream } from "../session/index.ts";
import { OFFERS_PER_PERSON_MAX } from "./limits.ts";
import { encodeFrame, type MoneyFrame } from "./protocol.ts";

const SECOND_MS = 1_000;
const HASH = new Uint8Array(32).fill(1);

/** Ben has a line with Anna, whose device then speaks the protocol by hand. */
function village(): {
  market: Market;
  ben: Trader;
  evil: SessionPort;
  id: string;
  ended: () => number;
  open(): Stream;
} {
  const market = new Market(11);
  const [anna, ben] = [market.add("anna"), market.add("ben")];
  market.line(anna, ben, { one: 50, other: 50 });
  const id = anna.view.id;
  market.crash(anna, 0);
  const evil = market.net.join(anna.record);
  let ended = 0;
  const open = (): Stream => {
    const stream = evil.openStream(ben.identity.id, "money", {
      onData: (bytes) => stream?.consume(bytes.length),
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: () => void ended++,
    });
    if (stream === undefined) throw new RangeError("No stream.");
    return stream;
  };
  return { market, ben, evil, id, ended: () => ended, open };
}

const have = (line: string, mine: number, yours: number, head: Uint8Array = HASH): MoneyFrame => ({
  t: "have",
  line,
  mine: { count: mine, head },
  yours: { count: yours, head: HASH },
});

describe("somebody who speaks the protocol by hand", () => {
  test("garbage, frames that are not due, and too long ones end the stream and change nothing", () => {
    const { market, ben, id, open, ended } = village();
    const before = ben.view;
    const length = new Uint8Array(4).fill(255);
    const bad: readonly Uint8Array[][] = [
      [frameOf(Uint8Array.of(1, 2, 3))],
      [encodeFrame(have(id, 1, 1))],
      [encodeFrame({ t: "hello" }), encodeFrame({ t: "hello" })],
      [encodeFrame({ t: "hello" }), length],
      [encodeFrame({ t: "hello" }), frameOf(Uint8Array.of(0x82, 24, 200, 1))],
      [encodeFrame({ t: "hello" }), encodeFrame({ t: "offer", definition: Uint8Array.of(1) })],
      [
        encodeFrame({ t: "hello" }),
        encodeFrame({
          t: "batches",
          line: id,
          batches: [{ isBringers: true, bytes: new Uint8Array(99) }],
        }),
      ],
    ];
    for (const [at, frames] of bad.entries()) {
      const stream = open();
      for (const frame of frames) stream.write(frame);
      market.pass(SECOND_MS);
      expect([at, ended()]).toEqual([at, at + 1]);
    }
    expect(ben.view).toEqual(before);
  });

  test("who claims to have more of our log than there is puts that line to rest, and no other", () => {
    const { market, ben, id, open } = village();
    const cleo = market.add("cleo");
    market.line(cleo, ben, { one: 50, other: 50 });
    const stream = open();
    stream.write(encodeFrame({ t: "hello" }));
    const { theirs } = ben.live.entry(id).core;
    stream.write(encodeFrame(have(id, theirs.count, 1_000, theirs.head)));
    market.pass(SECOND_MS);
    const pay = (line: string): string => market.ask((done) => ben.live.pay(line, 1, "", [], done));
    expect(pay(id)).toBe("stale");
    expect(pay(cleo.view.id)).toBe("");
    market.restart(ben);
    expect(pay(id)).toBe("stale");
  });

  test("frames about lines of others, or of nobody, are answered once and remembered by nobody", () => {
    const { market, ben, open } = village();
    const cleo = market.add("cleo");
    market.line(cleo, ben, { one: 50, other: 50 });
    const before = ben.live.line(cleo.view.id);
    const stream = open();
    stream.write(encodeFrame({ t: "hello" }));
    for (let count = 0; count < 50; count++) {
      stream.write(encodeFrame(have(cleo.view.id, 5, 5)));
      stream.write(encodeFrame({ t: "told", line: cleo.view.id, message: new Uint8Array(3) }));
    }
    market.pass(SECOND_MS);
    expect(ben.live.line(cleo.view.id)).toEqual(before);
    expect(ben.told.filter((word) => word.startsWith("told"))).toEqual([]);
  });

  test("offers of one person beyond the limit are not kept", () => {
    const { market, ben, open } = village();
    const stream = open();
    stream.write(encodeFrame({ t: "hello" }));
    const [anna] = market.everybody;
    if (anna === undefined) throw new RangeError("Anna is there.");
    for (let count = 0; count < 20; count++) {
      const definition = market.currency(anna, `money ${count}`).bytes;
      stream.write(encodeFrame({ t: "offer", definition }));
    }
    market.pass(SECOND_MS);
    expect([...ben.live.lines()].length).toBe(1 + OFFERS_PER_PERSON_MAX);
    expect(fromBase32(ben.view.id)?.length).toBe(16);
  });

  test("whoever is no contact and has no line is not listened to", () => {
    const { market, ben } = village();
    market.isContact = () => false;
    const dora = market.add("dora");
    market.crash(dora, 0);
    let ends = 0;
    market.net.join(dora.record).openStream(ben.identity.id, "money", {
      ...{ onData: () => undefined, onEnd: () => undefined, onDrain: () => undefined },
      onClose: () => void ends++,
    });
    market.pass(SECOND_MS);
    expect(ends).toBe(1);
  });
});
