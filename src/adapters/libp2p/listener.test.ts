import { multiaddr } from "@multiformats/multiaddr";
import { describe, expect, test } from "vitest";
import { must } from "../../base/errors.ts";
import { GatewayError } from "../../gateway/index.ts";
import type { NodePeer } from "../node/embed/index.ts";
import { ANNA, BEN, SILENT_LOGGER, settle, TestUpgrader, Told } from "./libp2p.fixture.ts";
import { ANY_PORT_ATTEMPTS_MAX, ANY_PORT_FIRST } from "./limits.ts";
import { PeernetListener } from "./listener.ts";

const BEN_ID = "fd00000000000000000000000000000b";

function setUp() {
  const programs = new Map<string | number, Parameters<NodePeer["listen"]>>();
  const listen: NodePeer["listen"] = (...program) => {
    const [port] = program;
    if (programs.has(port)) throw new GatewayError("already-served", `${port} is served already.`);
    programs.set(port, program);
    return () => programs.delete(port);
  };
  const upgrader = new TestUpgrader();
  const parts = { peer: { listen }, to: ["ben"], logger: SILENT_LOGGER };
  const listener = new PeernetListener({ ...parts, upgrader: upgrader.asUpgrader });
  const events: string[] = [];
  for (const event of ["listening", "close"] as const) {
    listener.addEventListener(event, () => events.push(event));
  }
  const at = (port: number): Promise<void> =>
    listener.listen(multiaddr(`/ip6/${ANNA}/tcp/${port}`));
  /** Ben connects. */
  const enter = (port: number): Told => {
    const told = new Told();
    const [, handler] = must(programs.get(port), "somebody listens there");
    handler(told.stream, { name: "ben", peerId: BEN_ID });
    return told;
  };
  return { listener, programs, upgrader, events, at, enter };
}

describe("a listener", () => {
  test("takes connections at its port, for those who are named", async () => {
    const { listener, programs, events, at, enter, upgrader } = setUp();
    expect(listener.getAddrs()).toEqual([]);
    await at(4001);
    expect(events).toEqual(["listening"]);
    expect(listener.getAddrs().map(String)).toEqual([`/ip6/${ANNA}/tcp/4001`]);
    expect(programs.get(4001)?.[2]).toEqual(["ben"]);
    enter(4001);
    const [connection] = upgrader.taken;
    expect(String(connection?.remoteAddr)).toBe(`/ip6/${BEN}/tcp/0`);
    expect([connection?.direction, connection?.status]).toEqual(["inbound", "open"]);
  });

  test("port 0 is the first free one of the dynamic range", async () => {
    const { listener, programs, at } = setUp();
    programs.set(ANY_PORT_FIRST, [ANY_PORT_FIRST, () => undefined]);
    await at(0);
    const [address] = listener.getAddrs();
    expect(String(address)).toBe(`/ip6/${ANNA}/tcp/${ANY_PORT_FIRST + 1}`);
  });

  test.each([ANY_PORT_ATTEMPTS_MAX - 1, ANY_PORT_ATTEMPTS_MAX])(
    "port 0 where %i are taken",
    async (takenCount) => {
      const { programs, at, listener } = setUp();
      for (let port = ANY_PORT_FIRST; port < ANY_PORT_FIRST + takenCount; port++) {
        programs.set(port, [port, () => undefined]);
      }
      const isFull = takenCount === ANY_PORT_ATTEMPTS_MAX;
      if (isFull) await expect(at(0)).rejects.toMatchObject({ code: "already-served" });
      else await at(0);
      expect(listener.getAddrs().length).toBe(isFull ? 0 : 1);
    },
  );

  test("a port that is taken, a second one and another kind of address are refused", async () => {
    const { listener, programs, at, events } = setUp();
    programs.set(4001, [4001, () => undefined]);
    await expect(at(4001)).rejects.toMatchObject({ code: "already-served" });
    await at(4002);
    await expect(at(4003)).rejects.toMatchObject({ code: "bad-endpoint" });
    const other = listener.listen(multiaddr("/ip4/127.0.0.1/tcp/4001"));
    await expect(other).rejects.toMatchObject({ code: "bad-endpoint" });
    expect(events).toEqual(["listening"]);
  });

  test("what libp2p does not take is broken off", async () => {
    const { at, enter, upgrader } = setUp();
    await at(4001);
    upgrader.refusal = new RangeError("no");
    const told = enter(4001);
    await settle();
    expect([upgrader.taken[0]?.status, told.all]).toEqual(["aborted", ["close"]]);
  });
});

describe("closing a listener", () => {
  test("ends everything it has begun, and is told once", async () => {
    const { listener, programs, events, at, enter, upgrader } = setUp();
    await at(4001);
    const told = enter(4001);
    expect(upgrader.signals[0]?.aborted).toBe(false);
    await listener.close();
    await listener.close();
    expect([events, programs.size, listener.getAddrs()]).toEqual([["listening", "close"], 0, []]);
    expect(upgrader.signals[0]?.aborted).toBe(true);
    await settle();
    expect(told.all).toEqual(["close"]);
  });

  test("is not told within the call: libp2p takes its listeners from a list meanwhile", async () => {
    const { listener, events, at } = setUp();
    await at(4001);
    const closed = listener.close();
    expect(events).toEqual(["listening"]);
    await closed;
    expect(events).toEqual(["listening", "close"]);
  });
});
