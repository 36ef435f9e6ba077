import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Household, suite } from "../../test/support/household.ts";
import { concatBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { FrameSplitter, frameOf } from "../feed/index.ts";
import type { SimPeer } from "../simulation/sim-peer.ts";
import { encodeCbor, WireError } from "../wire/index.ts";
import { DevicesError } from "./errors.ts";
import {
  DEVICES_SERVICE,
  decodeFrame as decodeExchange,
  encodeFrame as encodeExchange,
} from "./exchange/protocol.ts";
import {
  COPIED_RECORD_BYTES_MAX,
  HEADS_TOLD_MAX,
  LINK_CHARS_MAX,
  LINK_ENDPOINT_BYTES_MAX,
  LINK_ENDPOINTS_MAX,
  OP_BYTES_MAX,
  OPS_PER_FRAME_MAX,
  PAIRING_FRAME_BYTES_MAX,
  PAIRING_NUMBERS_MAX,
} from "./limits.ts";
import { DeviceLog } from "./log/log.ts";
import { fittingEndpoints, formatDeviceLink, parseDeviceLink } from "./pairing/link.ts";
import {
  decodeFrame as decodePairing,
  encodeFrame as encodePairing,
  PAIRING_SERVICE,
  RECORDS_PER_FRAME_MAX,
} from "./pairing/protocol.ts";
import { KEEPING_FRAMING, KEEPING_SERVICE, RESCUE_FRAMING } from "./recovery/protocol.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(1);

function isRefused(run: () => unknown): boolean {
  try {
    run();
  } catch (error) {
    if (error instanceof WireError || error instanceof DevicesError) return true;
    throw error;
  }
  return false;
}

describe("frames", () => {
  const list = (count: number, item: Uint8Array): Uint8Array[] =>
    Array.from({ length: count }, () => item);

  test("are taken at their limits and refused one above", () => {
    const hello = (count: number) => encodeCbor({ t: "hello", m: list(count, bytes(16)), y: [] });
    const ops = (count: number, length: number) =>
      encodeCbor({ t: "ops", p: "mine", l: list(count, bytes(length)) });
    const records = (count: number, length: number) =>
      encodeCbor({ t: "records", l: list(count, bytes(length)).map((v) => ({ k: "x", v })) });
    const share = (length: number) => encodeCbor({ t: "keep", h: bytes(length), s: bytes(10) });
    const exchange = (content: Uint8Array) => isRefused(() => decodeExchange(content));
    const pairing = (content: Uint8Array) => isRefused(() => decodePairing(content));
    expect([exchange(hello(HEADS_TOLD_MAX)), exchange(hello(HEADS_TOLD_MAX + 1))]).toEqual([
      false,
      true,
    ]);
    expect(exchange(ops(OPS_PER_FRAME_MAX, OP_BYTES_MAX))).toBe(false);
    expect(exchange(ops(OPS_PER_FRAME_MAX + 1, 1))).toBe(true);
    expect(exchange(ops(1, OP_BYTES_MAX + 1))).toBe(true);
    expect(pairing(records(1, COPIED_RECORD_BYTES_MAX))).toBe(false);
    expect(pairing(records(1, COPIED_RECORD_BYTES_MAX + 1))).toBe(true);
    expect(pairing(records(RECORDS_PER_FRAME_MAX, 1))).toBe(false);
    expect(pairing(records(RECORDS_PER_FRAME_MAX + 1, 1))).toBe(true);
    expect(isRefused(() => KEEPING_FRAMING.decode(share(33)))).toBe(false);
    expect(isRefused(() => KEEPING_FRAMING.decode(share(34)))).toBe(true);
  });

  test("of random bytes are refused with a typed error and nothing else", () => {
    const decoders = [decodeExchange, decodePairing, KEEPING_FRAMING.decode, RESCUE_FRAMING.decode];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        for (const decode of decoders) expect(isRefused(() => decode(content))).toBe(true);
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});

describe("links", () => {
  const terms = { signKey: bytes(32), secret: bytes(16), expiresAtMs: 7 };

  test("come back at their limits, and in capitals; cut or altered ones are refused or another", () => {
    const long = "x".repeat(LINK_ENDPOINT_BYTES_MAX);
    const given = Array.from({ length: LINK_ENDPOINTS_MAX + 1 }, () => long);
    const endpoints = fittingEndpoints([`${long}x`, ...given]);
    expect(endpoints).toEqual(given.slice(1));
    const text = formatDeviceLink("device", { ...terms, endpoints });
    expect(text.length).toBeLessThanOrEqual(LINK_CHARS_MAX);
    expect(parseDeviceLink("device", text)).toEqual({ ...terms, endpoints });
    expect(parseDeviceLink("device", ` ${text.toUpperCase()} `)).toEqual({ ...terms, endpoints });
    expect(isRefused(() => parseDeviceLink("recover", text))).toBe(true);
    for (const wrong of [
      text.slice(0, -1),
      `${text}aa`,
      "",
      "peernet:device/",
      "x".repeat(9_999),
    ]) {
      expect(isRefused(() => parseDeviceLink("device", wrong))).toBe(true);
    }
  });
});

describe("a contact that keeps to no rule", () => {
  /** Opens a stream, writes, and tells how it ended. */
  function say(
    home: Household,
    from: SimPeer,
    to: SimPeer,
    service: string,
    what: Uint8Array,
  ): string {
    let ended = "";
    from.act(({ session }) => {
      const stream = session.openStream(to.id, service, {
        onData: () => {},
        onEnd: () => stream?.end(),
        onDrain: () => {},
        onClose: (reason) => {
          ended = reason;
        },
      });
      stream?.write(what);
    });
    home.until(() => ended !== "");
    return ended;
  }

  test("loses its stream; strangers have none; what is known stays as it is", () => {
    const home = new Household(21);
    const laptop = home.first("anna", "laptop");
    const ben = home.first("ben", "ben's");
    const stranger = home.first("mallory", "mallory's");
    home.introduce(laptop, ben);
    home.until(
      () =>
        (ben.act(({ devices }) => devices.of(laptop.identity.person.personId)) ?? []).length === 1,
    );
    const before = laptop.act(({ devices }) => devices.own());
    const hello = frameOf(encodeCbor({ t: "hello", m: [], y: [] }));
    const lies = frameOf(encodeCbor({ t: "ops", p: "yours", l: [bytes(200)] }));
    const end = frameOf(encodeCbor({ t: "end" }));
    const twice = new Uint8Array([...hello, ...hello]);
    const early = new Uint8Array([...end]);
    const huge = new Uint8Array([0xff, 0xff, 0xff, 0xff]);
    for (const what of [twice, early, huge, frameOf(bytes(9))]) {
      expect(say(home, ben, laptop, DEVICES_SERVICE, what)).toBe("reset");
    }
    // False operations end nothing, and are not taken.
    expect(
      say(home, ben, laptop, DEVICES_SERVICE, new Uint8Array([...hello, ...lies, ...end])),
    ).toBe("done");
    expect(say(home, stranger, laptop, DEVICES_SERVICE, hello)).toBe("refused");
    expect(say(home, stranger, laptop, KEEPING_SERVICE, hello)).toBe("refused");
    expect(say(home, ben, laptop, PAIRING_SERVICE, hello)).toBe("refused");
    const share = frameOf(encodeCbor({ t: "keep", h: bytes(33), s: bytes(100) }));
    expect(say(home, ben, laptop, KEEPING_SERVICE, share)).toBe("reset");
    expect(laptop.act(({ devices }) => devices.own())).toEqual(before);
    expect(laptop.act(({ devices }) => devices.keeping.all())).toEqual([]);
  });

  test("can say of its own log alone that devices are out: another person's stay in", () => {
    const home = new Household(22);
    const laptop = home.first("anna", "laptop");
    const ben = home.first("ben", "ben's");
    const mallory = home.first("mallory", "mallory's");
    home.introduce(laptop, ben);
    home.introduce(mallory, ben);
    const { person, certificate } = mallory.identity;
    const root = must(person.root, "the first device holds the words");
    const theirs = [laptop, ben].map(({ identity }) => identity.signKey.publicKey);
    let log = DeviceLog.empty(suite, certificate.signKey);
    for (const key of theirs) {
      const add = { kind: "add", name: "x", origin: "paired", vouchers: [] } as const;
      for (const change of [add, { kind: "revoke" } as const]) {
        log = log.with([log.sign(root, key, change, 1)]).log;
      }
    }
    const ops = log.all().map(({ bytes: each }) => each);
    const frames = [
      { t: "hello", m: [], y: [] } as const,
      { t: "ops", p: "mine", l: ops } as const,
      { t: "end" } as const,
    ].map((frame) => encodeExchange(frame));
    expect(say(home, mallory, ben, DEVICES_SERVICE, concatBytes(...frames))).toBe("done");
    const { personId } = person;
    home.until(
      () => (ben.act(({ devices }) => devices.of(personId)) ?? []).length === 1 + theirs.length,
    );
    const record = must(
      ben.act(({ routing }) => routing.record(laptop.id)),
      "it is known",
    );
    expect(ben.act(({ devices }) => devices.stands(record))).toBe(true);
    const { personId: benId } = ben.identity.person;
    laptop.act(({ messages }) => messages.send(benId, "Still me.", () => {}));
    home.until(() => ben.act(({ messages }) => messages.unreadCount()) === 1);
  });
});

describe("somebody between two devices", () => {
  /** What a standing device answers to somebody who asks with words, and leaves. */
  function answerTo(home: Household, from: SimPeer, to: SimPeer): string {
    let answer = "";
    const splitter = new FrameSplitter(PAIRING_FRAME_BYTES_MAX);
    const stream = from.act(({ session }) => {
      const opened = session.openStream(to.id, PAIRING_SERVICE, {
        onData: (data) => {
          opened?.consume(data.length);
          splitter.push(data, (content) => {
            const frame = decodePairing(content);
            answer = frame.t === "refused" ? frame.r : frame.t;
          });
        },
        onEnd: () => {},
        onDrain: () => {},
        onClose: () => {},
      });
      opened?.write(encodePairing({ t: "ask", c: bytes(32), n: "phone" }));
      return opened;
    });
    home.until(() => answer !== "");
    from.act(() => stream?.reset());
    home.world.run(200);
    return answer;
  }

  test("sees so many numbers for words and not one more; who has the link still gets in", () => {
    const home = new Household(23);
    const laptop = home.first("anna", "laptop");
    const mallory = home.first("mallory", "mallory's");
    const link = laptop.act(({ devices }) => devices.adding.open([]).link) ?? "";
    home.until(() => mallory.act(({ routing }) => routing.record(laptop.id)) !== undefined);
    const answers = Array.from({ length: PAIRING_NUMBERS_MAX + 1 }, () =>
      answerTo(home, mallory, laptop),
    );
    expect(answers.slice(0, -1).every((answer) => answer === "nonce")).toBe(true);
    expect(answers.at(-1)).toBe("not-open");
    const attempt = home.join("phone", link);
    home.until(() => attempt.kept !== undefined);
  });
});

describe("a crash at any moment of a pairing", () => {
  const MOMENTS = 12;
  const STEP_MS = 60;

  const stateOfPhone = (at: SimPeer | undefined): string | undefined =>
    at?.act(({ devices }) => devices.own().find(({ name }) => name === "phone")?.state);

  /** Whether the device had everything on disk when somebody died; what is so afterwards is checked. */
  function pairAndCrash(moment: number, who: string): boolean {
    const home = new Household(100 + moment);
    const laptop = home.first("anna", "laptop");
    const link = laptop.act(({ devices }) => devices.adding.open([]).link) ?? "";
    const attempt = home.join("phone", link);
    home.world.run(moment * STEP_MS);
    const isKept = attempt.kept !== undefined;
    // Its last word goes out or is lost.
    if (moment % 2 === 0) attempt.peer.act(() => attempt.kept?.());
    (who === "laptop" ? laptop : attempt.peer).crash();
    home.world.run(1_000);
    laptop.start();
    attempt.peer.crash();
    const phone = isKept ? home.begin(attempt) : undefined;
    home.world.run(800_000);
    const expected = isKept ? "standing" : undefined;
    expect([moment, stateOfPhone(phone)]).toEqual([moment, expected]);
    expect([moment, stateOfPhone(laptop) === "standing"]).toEqual([moment, isKept]);
    return isKept;
  }

  test.each(["laptop", "phone"])(
    "of the %s leaves the device in or out, on both sides",
    (who) => {
      const outcomes = Array.from({ length: MOMENTS }, (_, moment) => pairAndCrash(moment, who));
      // Moments on both sides of the point of no return were among them.
      expect(new Set(outcomes).size).toBe(2);
    },
    120_000,
  );
});
