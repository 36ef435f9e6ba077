import { describe, expect, test } from "vitest";
import { TestNear, TestVillage } from "../../test/support/gateway-village.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import type { StreamCloseReason } from "../session/index.ts";
import {
  CONNECTIONS_PER_PEER_MAX,
  FORWARDS_MAX,
  GREETINGS_MAX,
  OPENING_TIMEOUT_MS,
  REFUSALS_SHOWN_MAX,
  REFUSED_LINGER_MS,
} from "./limits.ts";
import { encodeOpening } from "./opening.ts";
import type { Who } from "./types.ts";

const PORT = 8_080;

/** Ben reaches Anna's port 80 by his port 8080. */
function setUp() {
  const village = new TestVillage();
  const anna = village.add("anna");
  const ben = village.add("ben");
  const to: Who = { t: "person", id: ben.identity.person.personId };
  anna.net.listening.add(80);
  const allow = (): string =>
    village.outcome((done) => anna.gateway.served.serve({ port: 80, name: "web", to: [to] }, done));
  const forward = (port = PORT): string => {
    const who = anna.identity.person.personId;
    return village.outcome((done) =>
      ben.gateway.doors.forward({ port, who, to: { t: "port", port: 80 } }, done),
    );
  };
  /** A program of Ben's connects. */
  const enter = (): TestNear => {
    const near = ben.net.enter(PORT);
    village.settle();
    return near;
  };
  const proxy = (): string => village.outcome((done) => ben.gateway.doors.openProxy(1080, done));
  const lastWords = (): string => ben.gateway.refusals.all().at(-1)?.words ?? "";
  return { village, anna, ben, allow, forward, enter, proxy, lastWords };
}

describe("a connection", () => {
  test("carries bytes both ways, and each end by itself", () => {
    const { village, anna, allow, forward, enter } = setUp();
    expect([allow(), forward()]).toEqual(["none", "none"]);
    const near = enter();
    near.say("question");
    village.settle();
    expect(anna.net.last.text).toBe("question");
    near.finish();
    village.settle();
    expect([anna.net.last.isEnded, near.isEnded]).toEqual([true, false]);
    anna.net.last.say("an answer after the end");
    anna.net.last.finish();
    village.settle();
    expect([near.text, near.isEnded, near.isDestroyed]).toEqual([
      ...["an answer after the end", true, false],
    ]);
    near.vanish();
    anna.net.last.vanish();
    village.settle();
    expect(anna.gateway.connectionCount).toBe(0);
  });

  test("hands a failure on as a failure, from either side", () => {
    const { village, anna, ben, allow, forward, enter } = setUp();
    allow();
    forward();
    for (const side of ["program", "server"]) {
      const near = enter();
      near.say("x");
      village.settle();
      (side === "program" ? near : anna.net.last).vanish();
      village.settle();
      expect([side, near.isDestroyed, anna.net.last.isDestroyed]).toEqual([side, true, true]);
    }
    expect([anna.gateway.connectionCount, ben.gateway.connectionCount]).toEqual([0, 0]);
  });

  test("ends when its session is lost", () => {
    const { village, anna, ben, allow, forward, enter } = setUp();
    allow();
    forward();
    const near = enter();
    village.sessions.cut(anna.record.id, ben.record.id);
    village.settle();
    expect([near.isDestroyed, anna.net.last.isDestroyed]).toEqual([true, true]);
  });

  test("is cut when a rule denies it, or what was served no longer is", () => {
    const { village, anna, ben, allow, forward, enter } = setUp();
    allow();
    forward();
    const who: Who = { t: "person", id: ben.identity.person.personId };
    const denied = enter();
    const deny = { verdict: "deny", who, protocol: "any", reach: { t: "all" } } as const;
    village.outcome((done) => anna.gateway.access.add(deny, done));
    expect(denied.isDestroyed).toBe(true);
    village.outcome((done) => anna.gateway.access.remove(deny, done));
    const stopped = enter();
    expect(stopped.isDestroyed).toBe(false);
    village.outcome((done) => anna.gateway.served.stop("web", done));
    expect(stopped.isDestroyed).toBe(true);
  });

  test("leads to a program that listens, by name", () => {
    const { village, anna, ben } = setUp();
    const to: Who = { t: "person", id: ben.identity.person.personId };
    const program = new TestNear();
    const stop = anna.gateway.served.listen("pipe", [to], (from, done) => {
      expect(from.id).toBe(ben.record.id);
      done(null, program);
    });
    const answers: (string | null)[] = [];
    const ask = (): void => {
      ben.gateway.connect("anna", { t: "service", name: "pipe" }, (_words, refusal, tunnel) => {
        answers.push(refusal);
        tunnel?.drop();
      });
      village.settle();
    };
    ask();
    stop();
    ask();
    expect(answers).toEqual([null, "denied"]);
  });
});

describe("a connection is refused in words:", () => {
  test("without a rule", () => {
    const { forward, enter, lastWords, anna } = setUp();
    forward();
    expect(enter().isDestroyed).toBe(true);
    expect(lastWords()).toContain("anna does not let you reach port 80");
    expect(anna.gateway.refusals.all()).toMatchObject([
      { direction: "in", words: "ben wanted port 80: denied" },
    ]);
  });

  test("where nothing listens", () => {
    const { allow, forward, enter, lastWords, anna } = setUp();
    allow();
    forward();
    anna.net.listening.clear();
    expect(enter().isDestroyed).toBe(true);
    expect(lastWords()).toContain("Nothing listens on port 80 of anna");
  });

  test("a service that is not there, for those who may reach everything", () => {
    const { village, anna, ben } = setUp();
    const who: Who = { t: "person", id: ben.identity.person.personId };
    const rule = { verdict: "allow", who, protocol: "any", reach: { t: "all" } } as const;
    village.outcome((done) => anna.gateway.access.add(rule, done));
    const told: string[] = [];
    ben.gateway.connect("anna", { t: "service", name: "x" }, (words) => told.push(words));
    village.settle();
    expect(told).toEqual([expect.stringContaining("anna serves nothing under that name")]);
  });

  test("a peer that is away", () => {
    const { village, anna, forward, enter, lastWords } = setUp();
    forward();
    village.sessions.leave(anna.record.id);
    expect(enter().isDestroyed).toBe(true);
    expect(lastWords()).toContain("anna is not in reach now");
  });

  test("the doors of the gateway itself, even where everything is allowed", () => {
    const { village, anna, ben, lastWords } = setUp();
    const who: Who = { t: "person", id: ben.identity.person.personId };
    const rule = { verdict: "allow", who, protocol: "any", reach: { t: "all" } } as const;
    village.outcome((done) => anna.gateway.access.add(rule, done));
    village.outcome((done) => anna.gateway.doors.openProxy(1080, done));
    ben.gateway.connect("anna", { t: "port", port: 1080 }, () => undefined);
    village.settle();
    expect(lastWords()).toContain("does not let you reach port 1080");
  });

  test("only so many refusals are remembered", () => {
    const { forward, enter, ben } = setUp();
    forward();
    for (let count = 0; count <= REFUSALS_SHOWN_MAX; count++) enter();
    expect(ben.gateway.refusals.all()).toHaveLength(REFUSALS_SHOWN_MAX);
  });
});

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
