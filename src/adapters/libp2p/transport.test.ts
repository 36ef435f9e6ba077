import { type DialTransportOptions, isTransport } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { describe, expect, test } from "vitest";
import { AdapterError } from "../node/errors.ts";
import { ANNA, BEN, SILENT_LOGGER, settle, TestUpgrader, Told } from "./libp2p.fixture.ts";
import { peernet } from "./transport.ts";

function setUp() {
  const dialled: unknown[][] = [];
  const told = new Told();
  const refusal: { error: Error | undefined } = { error: undefined };
  const peer = {
    address: ANNA,
    connect: async (...wanted: unknown[]) => {
      dialled.push(wanted);
      if (refusal.error !== undefined) throw refusal.error;
      return told.stream;
    },
    listen: () => () => undefined,
  };
  const transport = peernet({ peer })({ logger: SILENT_LOGGER });
  const upgrader = new TestUpgrader();
  const { signal } = new AbortController();
  const options: DialTransportOptions = { upgrader: upgrader.asUpgrader, signal };
  const dial = (text: string) => transport.dial(multiaddr(text), options);
  return { transport, dial, dialled, upgrader, told, refusal, signal };
}

const ADDRESSES = [
  `/ip6/${ANNA}/tcp/4001`,
  `/ip6/${ANNA}/tcp/0`,
  `/ip6/${BEN}/tcp/4001`,
  "/ip6/2001:db8::1/tcp/4001",
  "/ip4/127.0.0.1/tcp/4001",
].map((text) => multiaddr(text));

describe("the transport", () => {
  test("is one by libp2p's own measure", () => {
    const { transport } = setUp();
    expect([isTransport(transport), transport[Symbol.toStringTag]]).toEqual([true, "peernet"]);
  });

  test("listens at ports of this peer, dials ports of any", () => {
    const { transport } = setUp();
    const where = (addresses: Multiaddr[]): number[] =>
      addresses.map((address) => ADDRESSES.indexOf(address));
    expect(where(transport.listenFilter(ADDRESSES))).toEqual([0, 1]);
    expect(where(transport.dialFilter(ADDRESSES))).toEqual([0, 2]);
  });

  test("hands what it dialled to the upgrader", async () => {
    const { dial, dialled, upgrader, signal } = setUp();
    await dial(`/ip6/${BEN}/tcp/4001`);
    expect(dialled).toEqual([[BEN, 4001, { signal }]]);
    const [connection] = upgrader.taken;
    expect(String(connection?.remoteAddr)).toBe(`/ip6/${BEN}/tcp/4001`);
    expect(connection?.direction).toBe("outbound");
  });

  test("a refusal comes through in its words", async () => {
    const { dial, refusal, upgrader } = setUp();
    refusal.error = new AdapterError("refused", "ben does not let you reach port 4001.");
    await expect(dial(`/ip6/${BEN}/tcp/4001`)).rejects.toThrow("does not let you reach");
    expect(upgrader.taken).toEqual([]);
  });

  test("a connection that libp2p does not take is broken off", async () => {
    const { dial, upgrader, told } = setUp();
    upgrader.refusal = new RangeError("no");
    await expect(dial(`/ip6/${BEN}/tcp/4001`)).rejects.toThrow("no");
    await settle();
    expect(told.all).toEqual(["close"]);
  });

  test.each(["/ip4/127.0.0.1/tcp/1", `/ip6/${BEN}/tcp/0`])("%s is not dialled", async (text) => {
    const { dial, dialled } = setUp();
    await expect(dial(text)).rejects.toMatchObject({ code: "bad-endpoint" });
    expect(dialled).toEqual([]);
  });
});
