import { describe, expect, test } from "vitest";
import { suite } from "../../test/support/gateway-village.ts";
import {
  expectAgreed,
  HOST,
  meter,
  meters,
  sharedUplink,
  type UplinkPair,
  visit,
} from "../../test/support/uplink-pair.ts";
import { frameOf } from "../feed/index.ts";
import { encodeCbor } from "../wire/index.ts";
import { READING_INTERVAL_MS, REFUSED_LINGER_MS } from "./limits.ts";
import { encodeOpening } from "./opening.ts";
import { hashReading, isSigned } from "./reading.ts";

describe("readings", () => {
  test("is counted alike on both sides, in a chain of readings that both have signed", () => {
    const setup = sharedUplink();
    visit(setup, 1_000, 70_000);
    expectAgreed(setup, 1_000, 70_000);
    const first = meter(setup.anna, setup.ben, "exit").last;
    visit(setup, 500, 5);
    expectAgreed(setup, 1_500, 70_005);
    const { exit, user } = meters(setup);
    expect(exit.last).toMatchObject({ seq: 2, previous: hashReading(suite, first) });
    for (const [account, signer] of [
      [exit, setup.ben],
      [user, setup.anna],
    ] as const) {
      const { last, theirSignature } = account;
      const key = signer.record.signKey;
      expect(last && theirSignature && isSigned(suite, key, last, theirSignature)).toBe(true);
    }
  });

  test("is agreed on also while a connection stands, and after one has broken", () => {
    const setup = sharedUplink();
    const near = setup.enter();
    near.say(new Uint8Array(300));
    setup.village.settle();
    setup.village.pass(READING_INTERVAL_MS);
    setup.village.settle();
    expect(meter(setup.anna, setup.ben, "exit").last).toMatchObject({ upBytes: 300, seq: 1 });
    near.say(new Uint8Array(200));
    setup.anna.net.last.say(new Uint8Array(100_000));
    setup.village.sessions.cut(setup.anna.record.id, setup.ben.record.id);
    setup.village.settle();
    const { exit, user } = meters(setup);
    expect(user.last).toEqual(exit.last);
    expect([exit.sentBytes, exit.receivedBytes]).toEqual([user.receivedBytes, user.sentBytes]);
  });

  test("its counters are there after a restart of both", () => {
    const setup = sharedUplink();
    visit(setup, 10, 20);
    expectAgreed(setup, 10, 20);
    const again = { anna: setup.village.add("anna", setup.anna.disk) };
    const ben = setup.village.add("ben", setup.ben.disk);
    const late = { ...setup, ...again, ben };
    visit(late, 1, 2);
    expectAgreed(late, 11, 22);
    expect(meter(ben, again.anna, "user").last?.seq).toBe(2);
  });

  test("agreement lost on one side begins a new chain", () => {
    const setup = sharedUplink();
    visit(setup, 10, 20);
    expectAgreed(setup, 10, 20);
    setup.ben.disk.kept.delete(`gateway/meter/user/${setup.anna.record.id}`);
    const late = { ...setup, ben: setup.village.add("ben", setup.ben.disk) };
    visit(late, 5, 6);
    const { exit, user } = meters(late);
    expect(user.last).toEqual(exit.last);
    expect(user.last).toMatchObject({ seq: 1, upBytes: 5, downBytes: 6 });
    expect(exit.dayBytes).toBeGreaterThan(0);
  });
});

describe("a user who lies", () => {
  /** Proposes readings by hand; the answers' tags. */
  function propose(setup: UplinkPair, frame: Uint8Array): string {
    let seen = "";
    const stream = setup.ben.session.openStream(setup.anna.record.id, "meter", {
      onData: (bytes) => {
        seen += String.fromCharCode(...bytes);
      },
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: (reason) => {
        seen += ` ${reason}`;
      },
    });
    stream?.write(frame);
    setup.village.settle();
    return seen;
  }

  test("about what arrived is told no, and the quota goes by the exit's own count", () => {
    const setup = sharedUplink({ quotaBytes: 20_000_000 });
    for (let count = 0; count < 3; count++) visit(setup, 0, 5_000_000);
    const exit = meter(setup.anna, setup.ben, "exit");
    const frame = frameOf(encodeCbor({ t: "propose", i: 0, o: 0, q: 0 }));
    expect(propose(setup, frame)).toContain("disagree");
    expect([exit.isDisputed, exit.dayBytes]).toEqual([true, 15_000_000]);
  });

  test.each([
    ["noise", frameOf(new Uint8Array(40).fill(255))],
    ["a frame without end", Uint8Array.of(255, 255, 255, 255)],
    ["a signature without a reading", frameOf(encodeCbor({ t: "agree", s: new Uint8Array(64) }))],
    ["an answer instead of a question", frameOf(encodeCbor({ t: "disagree" }))],
    ["a negative count", frameOf(encodeCbor({ t: "propose", i: -1, o: 0, q: 0 }))],
  ])("with %s is cut off", (_what, frame) => {
    const setup = sharedUplink();
    visit(setup, 1, 1);
    expect(propose(setup, frame)).toContain("reset");
  });

  test("who has never used the uplink is not heard", () => {
    const setup = sharedUplink();
    expect(propose(setup, frameOf(encodeCbor({ t: "propose", i: 0, o: 0, q: 0 })))).toContain(
      "refused",
    );
  });
});

test("an exit that charges for what did not pass gets no signature", () => {
  const setup = sharedUplink();
  visit(setup, 100, 100);
  const { exit } = meters(setup);
  const before = exit.last;
  visit(setup, 50, 50);
  exit.receivedBytes += 1_000_000;
  const { user } = meters(setup);
  expect(user.isDisputed).toBe(true);
  expect([exit.last, user.last]).toEqual([before, before]);
});

test("a peer that does not go after the words is let go in time", () => {
  const setup = sharedUplink({ quotaBytes: 10 });
  const seen = { reason: "" };
  const stream = setup.ben.session.openStream(setup.anna.record.id, "tcp", {
    onData: () => undefined,
    onEnd: () => undefined,
    onDrain: () => undefined,
    onClose: (reason) => {
      seen.reason = reason;
    },
  });
  stream?.write(encodeOpening({ t: "host", host: HOST, port: 443 }));
  setup.village.settle();
  stream?.write(Uint8Array.of(0, 11, ...new Uint8Array(11)));
  setup.village.settle();
  expect([seen.reason, setup.anna.gateway.connectionCount]).toEqual(["", 1]);
  setup.village.pass(REFUSED_LINGER_MS);
  expect([seen.reason, setup.anna.gateway.connectionCount]).toEqual(["reset", 0]);
});
