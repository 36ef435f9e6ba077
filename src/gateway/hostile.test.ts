import { describe, expect, test } from "vitest";
import { gatewayPair as setUp } from "../../test/support/gateway-pair.ts";
import { TestVillage } from "../../test/support/gateway-village.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import type { StreamCloseReason } from "../session/index.ts";
import { CONNECTIONS_PER_PEER_MAX, OPENING_TIMEOUT_MS, REFUSED_LINGER_MS } from "./limits.ts";
import { encodeOpening } from "./opening.ts";

describe("a peer that keeps to no rule", () => {
  function open(setup: ReturnType<typeof setUp>) {
    const { ben, anna, village } = setup;
    const seen = { bytes: new Uint8Array(0), reason: "" as StreamCloseReason | "" };
    const stream = ben.session.openStream(anna.record.id, "tcp", {
      onData: (bytes) => {
        seen.bytes = Uint8Array.from([...seen.bytes, ...bytes]);
      },
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: (reason) => {
        seen.reason = reason;
      },
    });
    village.settle();
    return { seen, stream };
  }

  test.each([
    ["noise", utf8("GET / HTTP/1.1\r\n\r\n")],
    ["an unknown version", Uint8Array.of(0, 4, 9, 1, 0, 80)],
    ["an unknown kind", Uint8Array.of(0, 4, 1, 9, 0, 80)],
    ["an empty frame", Uint8Array.of(0, 0)],
    ["a frame without end", Uint8Array.of(255, 255)],
  ])("is told so and let go: %s", (_what, bytes) => {
    const setup = setUp();
    const { seen, stream } = open(setup);
    stream?.write(bytes);
    setup.village.settle();
    expect(seen).toMatchObject({ bytes: Uint8Array.of(1, 8) });
    setup.village.pass(REFUSED_LINGER_MS);
    expect(setup.anna.gateway.connectionCount).toBe(0);
  });

  test("that says nothing is let go in time", () => {
    const setup = setUp();
    const { seen } = open(setup);
    expect(setup.anna.gateway.connectionCount).toBe(1);
    setup.village.pass(OPENING_TIMEOUT_MS);
    setup.village.pass(REFUSED_LINGER_MS);
    expect(setup.anna.gateway.connectionCount).toBe(0);
    expect(seen).toMatchObject({ reason: "reset" });
  });

  test("that says one byte at a time is let go in time", () => {
    const setup = setUp();
    const { stream } = open(setup);
    for (const byte of encodeOpening({ t: "port", port: 80 }).subarray(0, 4)) {
      stream?.write(Uint8Array.of(byte));
      setup.village.pass(OPENING_TIMEOUT_MS / 4);
    }
    setup.village.pass(REFUSED_LINGER_MS);
    expect(setup.anna.gateway.connectionCount).toBe(0);
  });

  test("that sends content before it has its answer is cut off, and nothing is dialled", () => {
    const setup = setUp();
    setup.allow();
    const { seen, stream } = open(setup);
    stream?.write(concatBytes(encodeOpening({ t: "port", port: 80 }), utf8("early")));
    setup.village.settle();
    expect(seen).toMatchObject({ reason: "reset" });
    expect(setup.anna.gateway.connectionCount).toBe(0);
  });

  test("that goes while we dial gives it up", () => {
    const setup = setUp();
    setup.allow();
    setup.anna.net.isSilent = true;
    const { stream } = open(setup);
    stream?.write(encodeOpening({ t: "port", port: 80 }));
    setup.village.settle();
    stream?.reset();
    setup.village.settle();
    expect([setup.anna.net.dialled.length, setup.anna.net.givenUp]).toEqual([1, 1]);
  });

  test("holds only so many connections: at the limit and one above", () => {
    const setup = setUp();
    for (let count = 0; count < CONNECTIONS_PER_PEER_MAX; count++) open(setup);
    expect(setup.anna.gateway.connectionCount).toBe(CONNECTIONS_PER_PEER_MAX);
    const { seen } = open(setup);
    expect(seen).toMatchObject({ reason: "refused" });
    expect(setup.anna.gateway.connectionCount).toBe(CONNECTIONS_PER_PEER_MAX);
  });

  test("answers nonsense: the program is refused", () => {
    const village = new TestVillage();
    const ben = village.add("ben");
    const liar = village.add("liar");
    village.sessions.join(liar.record).serve("tcp", (stream) => {
      stream.write(Uint8Array.of(1, 77));
      return { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };
    });
    const told: (string | null)[] = [];
    ben.gateway.connect("liar", { t: "port", port: 80 }, (_words, refusal) => told.push(refusal));
    village.settle();
    expect(told).toEqual(["malformed"]);
  });
});
