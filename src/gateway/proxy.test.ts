import { describe, expect, test } from "vitest";
import { PORT, gatewayPair as setUp } from "../../test/support/gateway-pair.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { FORWARDS_MAX, GREETINGS_MAX, OPENING_TIMEOUT_MS, REFUSED_LINGER_MS } from "./limits.ts";

describe("the proxy", () => {
  const socks = (name: string, port: number): Uint8Array =>
    concatBytes(
      Uint8Array.of(5, 1, 0, 5, 1, 0, 3, name.length),
      utf8(name),
      Uint8Array.of(port >> 8, port & 0xff),
    );

  test("takes both protocols on one port, and what comes early", () => {
    const { village, anna, ben, allow, proxy } = setUp();
    allow();
    expect(proxy()).toBe("none");
    const one = ben.net.enter(1080);
    one.say(concatBytes(socks("anna.peer.alt", 80), utf8("early ")));
    village.settle();
    one.say("late");
    village.settle();
    expect([...one.received.subarray(0, 4)]).toEqual([5, 0, 5, 0]);
    expect(anna.net.last.text).toBe("early late");
    const other = ben.net.enter(1080);
    other.say("CONNECT web.anna.peer.alt:1 HTTP/1.1\r\n\r\nearly");
    village.settle();
    expect(other.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(anna.net.last.text).toBe("early");
  });

  test.each([
    ["a denied port", "anna:81", "HTTP/1.1 403", "does not let you reach port 81"],
    ["an unknown name", "nobody:80", "HTTP/1.1 502", "Nobody here is called 'nobody'"],
    ["the internet, without an uplink", "example.org:443", "HTTP/1.1 403", "gateway use"],
  ])("refuses %s in words", (_what, target, status, words) => {
    const { village, ben, proxy } = setUp();
    proxy();
    const near = ben.net.enter(1080);
    near.say(`CONNECT ${target} HTTP/1.1\r\n\r\n`);
    village.settle();
    expect(near.text).toContain(status);
    expect(near.text).toContain(words);
    expect(near.isEnded).toBe(true);
    village.pass(REFUSED_LINGER_MS);
    expect(near.isDestroyed).toBe(true);
  });

  test.each([
    ["nothing", []],
    ["half a greeting", [Uint8Array.of(5, 2, 0)]],
    ["half a request", [Uint8Array.of(5, 1, 0), Uint8Array.of(5, 1, 0, 3, 9)]],
    ["half a head", [utf8("CONNECT anna:80 HTTP/1.1\r\nx:")]],
  ])("lets go of a program that says %s", (_what, pieces) => {
    const { village, ben, proxy } = setUp();
    proxy();
    const near = ben.net.enter(1080);
    for (const piece of pieces) near.say(piece);
    village.pass(OPENING_TIMEOUT_MS - 1);
    expect(near.isDestroyed).toBe(false);
    village.pass(1);
    expect(near.isDestroyed).toBe(true);
  });

  test.each([
    ["SOCKS", socks("a-very-long-name.peer.alt", 80)],
    ["HTTP", utf8(`CONNECT anna:80 HTTP/1.1\r\nx: ${"y".repeat(60)}\r\n\r\n`)],
  ])("gives a program that says a byte now and then no more time: %s", (_what, request) => {
    const { village, ben, proxy } = setUp();
    proxy();
    const nears = Array.from({ length: GREETINGS_MAX }, () => ben.net.enter(1080));
    const steps = request.length - 1;
    for (let at = 0; at < steps; at++) {
      expect(nears.some(({ isDestroyed }) => isDestroyed)).toBe(false);
      for (const near of nears) near.say(request.subarray(at, at + 1));
      village.pass(OPENING_TIMEOUT_MS / steps);
    }
    village.pass(1);
    expect(nears.every(({ isDestroyed }) => isDestroyed)).toBe(true);
    // All places are free again.
    expect(ben.net.enter(1080).isDestroyed).toBe(false);
  });

  test.each([
    ["noise", Uint8Array.of(0, 1, 2)],
    ["SOCKS 4", Uint8Array.of(4, 1, 0, 80)],
    ["TLS", Uint8Array.of(22, 3, 1)],
  ])("closes at once on %s", (_what, bytes) => {
    const { ben, proxy } = setUp();
    proxy();
    const near = ben.net.enter(1080);
    near.say(bytes);
    expect(near.isDestroyed).toBe(true);
  });

  test("a program that goes while the other peer is asked gives it up", () => {
    const { village, anna, ben, allow, proxy } = setUp();
    allow();
    proxy();
    anna.net.isSilent = true;
    const near = ben.net.enter(1080);
    near.say("CONNECT anna:80 HTTP/1.1\r\n\r\n");
    village.settle();
    near.vanish();
    village.settle();
    expect([anna.net.givenUp, ben.gateway.connectionCount]).toEqual([1, 0]);
  });

  test("only so many programs may hesitate: at the limit and one above", () => {
    const { ben, proxy } = setUp();
    proxy();
    const nears = Array.from({ length: GREETINGS_MAX }, () => ben.net.enter(1080));
    expect(nears.some(({ isDestroyed }) => isDestroyed)).toBe(false);
    expect(ben.net.enter(1080).isDestroyed).toBe(true);
  });
});

describe("doors", () => {
  test("are there after a restart; one that is taken meanwhile says so", () => {
    const { village, ben, forward, proxy } = setUp();
    forward();
    proxy();
    ben.net.doors.clear();
    ben.net.listening.add(1080);
    const again = village.add("ben", ben.disk).gateway.doors;
    expect(again.forwards()).toMatchObject([{ port: PORT }]);
    expect(again.stateOf(PORT)).toEqual({ isOpen: true, trouble: "" });
    expect(again.stateOf(1080)).toMatchObject({
      ...{ isOpen: false, trouble: expect.stringContaining("used by another program") },
    });
  });

  test("are not kept where they cannot be opened, and not opened where they cannot be kept", () => {
    const { ben, forward } = setUp();
    ben.net.listening.add(PORT);
    expect(forward()).toBe("port-taken");
    ben.net.listening.clear();
    ben.disk.full = true;
    expect(forward()).toBe("disk-full");
    expect([ben.gateway.doors.forwards(), ben.net.doors.size]).toEqual([[], 0]);
  });

  test("at the limit and one above", () => {
    const { forward, ben } = setUp();
    for (let port = 1; port <= FORWARDS_MAX; port++) expect(forward(port)).toBe("none");
    expect(forward(FORWARDS_MAX + 1)).toBe("too-many");
    expect(ben.net.doors.size).toBe(FORWARDS_MAX);
    expect([forward(1), forward(70_000), forward(-1)]).toEqual([
      ...["already-forwarded", "bad-port", "bad-port"],
    ]);
  });

  test("a port that is open already: what it leads to, and what to do, in other words for each case", () => {
    const { village, ben, forward, proxy } = setUp();
    forward(8080);
    proxy();
    const words = (port: number, who?: string): string => {
      const [known] = ben.gateway.doors.forwards();
      if (known === undefined) throw new RangeError("one is forwarded");
      let said = "";
      ben.gateway.doors.forward({ ...known, port, who: who ?? known.who }, (error) => {
        said = error?.message ?? "";
      });
      village.settle();
      return said;
    };
    expect(words(8080)).toMatch(/leads there already/);
    expect(words(8080, "somebody else")).toMatch(/leads elsewhere .*peernet forward 8080 --stop/);
    expect(words(1080)).toMatch(/is the proxy's.*peernet proxy --off/);
    expect(village.outcome((done) => ben.gateway.doors.openProxy(8080, done))).toBe(
      "already-forwarded",
    );
  });

  test("the proxy moves to another port, and closes", () => {
    const { village, ben, proxy } = setUp();
    proxy();
    expect(village.outcome((done) => ben.gateway.doors.openProxy(1081, done))).toBe("none");
    expect([...ben.net.doors.keys()]).toEqual([1081]);
    expect(village.outcome((done) => ben.gateway.doors.closeProxy(done))).toBe("none");
    expect(ben.net.doors.size).toBe(0);
    expect(village.outcome((done) => ben.gateway.doors.unforward(9, done))).toBe("no-such-door");
  });
});
