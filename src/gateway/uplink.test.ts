import { describe, expect, test } from "vitest";
import {
  suite,
  type TestNear,
  type TestPeer,
  TestVillage,
} from "../../test/support/gateway-village.ts";
import { frameOf } from "../feed/index.ts";
import { encodeCbor } from "../wire/index.ts";
import type { Account } from "./account.ts";
import {
  READING_IDLE_MS,
  READING_INTERVAL_MS,
  REFUSED_LINGER_MS,
  SHARE_RANGES_MAX,
  SHARES_MAX,
} from "./limits.ts";
import { encodeOpening } from "./opening.ts";
import { hashReading, isSigned } from "./reading.ts";
import type { Who } from "./types.ts";
import type { Share } from "./uplink-settings.ts";

const DAY_MS = 86_400_000;
const HOST = "example.org";

interface Terms {
  readonly quotaBytes?: number;
  readonly rateBits?: number;
  readonly alsoTo?: readonly string[];
}

/** Ben uses Anna's uplink; a host of the internet answers her. */
function setUp(terms: Terms = {}) {
  const village = new TestVillage();
  const anna = village.add("anna");
  const ben = village.add("ben");
  const to: Who = { t: "person", id: ben.identity.person.personId };
  anna.net.hosts.set(HOST, ["93.184.216.34"]);
  const share = (more: Terms = terms): string =>
    village.outcome((done) => {
      const { quotaBytes, rateBits, alsoTo = [] } = more;
      anna.gateway.uplink.share({ to, quotaBytes, rateBits, alsoTo }, done);
    });
  const use = (): string =>
    village.outcome((done) => ben.gateway.uplink.use(anna.identity.person.personId, done));
  const enter = (host = HOST): TestNear => {
    const near = ben.net.enter(1080);
    near.say(`CONNECT ${host}:443 HTTP/1.1\r\n\r\n`);
    village.settle();
    if (near.text.startsWith("HTTP/1.1 200")) near.received = new Uint8Array(0);
    return near;
  };
  village.outcome((done) => ben.gateway.doors.openProxy(1080, done));
  return { village, anna, ben, to, share, use, enter };
}

function started(terms: Terms = {}) {
  const setup = setUp(terms);
  expect([setup.share(), setup.use()]).toEqual(["none", "none"]);
  return setup;
}

function meter(peer: TestPeer, other: TestPeer, role: Account["role"]): Account {
  const account = peer.gateway.uplink.accounts.find(role, other.record.id);
  if (account === undefined) throw new Error("nothing was counted");
  return account;
}

/** What both sides say of each other, after they had time to agree. */
function meters({ village, anna, ben }: ReturnType<typeof setUp>) {
  village.pass(READING_IDLE_MS);
  village.pass(READING_IDLE_MS);
  return { exit: meter(anna, ben, "exit"), user: meter(ben, anna, "user") };
}

function expectAgreed(setup: ReturnType<typeof setUp>, upBytes: number, downBytes: number): void {
  const { exit, user } = meters(setup);
  expect(exit.last).toMatchObject({ upBytes, downBytes });
  expect(user.last).toEqual(exit.last);
  expect([exit.receivedBytes, exit.sentBytes, exit.dayBytes]).toEqual([
    ...[upBytes, downBytes, upBytes + downBytes],
  ]);
  expect([user.sentBytes, user.receivedBytes]).toEqual([upBytes, downBytes]);
  expect([exit.isDisputed, user.isDisputed]).toEqual([false, false]);
}

/** A page is asked for, comes, and both sides end. */
function visit(setup: ReturnType<typeof setUp>, upBytes: number, downBytes: number): void {
  const near = setup.enter();
  near.say(new Uint8Array(upBytes));
  setup.village.settle();
  const server = setup.anna.net.last;
  server.say(new Uint8Array(downBytes));
  setup.village.settle();
  near.finish();
  server.finish();
  setup.village.settle();
  near.vanish();
  server.vanish();
  setup.village.settle();
}

describe("an uplink that is shared", () => {
  test("is off until somebody says so, on either side", () => {
    const setup = setUp();
    expect(setup.enter().text).toContain("no uplink is in use");
    setup.use();
    expect(setup.enter().text).toContain("anna does not share an uplink with you");
    expect(setup.anna.net.dialled).toEqual([]);
    setup.share();
    setup.enter().say("question");
    setup.village.settle();
    expect(setup.anna.net.last.text).toBe("question");
  });

  test("hands over the name, which is looked up there and nowhere else", () => {
    const setup = started();
    setup.enter();
    expect(setup.anna.net.dialled).toMatchObject([{ t: "internet", host: HOST, port: 443 }]);
    expect(setup.ben.net.dialled).toEqual([]);
  });

  test("is counted alike on both sides, in a chain of readings that both have signed", () => {
    const setup = started();
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
    const setup = started();
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
    const setup = started();
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
    const setup = started();
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

describe("a quota", () => {
  test("that is used up in mid-stream: words, a failure for the program, meters that agree", () => {
    const setup = started({ quotaBytes: 10_000 });
    const near = setup.enter();
    near.say(new Uint8Array(1_000));
    setup.village.settle();
    const server = setup.anna.net.last;
    server.say(new Uint8Array(50_000));
    setup.village.settle();
    expect(near.received.length).toBe(9_000);
    expect([near.isDestroyed, server.isDestroyed]).toEqual([true, true]);
    expect(setup.ben.gateway.refusals.all().at(-1)?.words).toContain("used up for today");
    expect([setup.anna, setup.ben].map(({ gateway }) => gateway.connectionCount)).toEqual([0, 0]);
    expectAgreed(setup, 1_000, 9_000);
    const late = setup.enter();
    expect(late.text).toContain("HTTP/1.1 403");
    expect(late.text).toContain("begins anew tomorrow");
  });

  test("that the user's own bytes use up", () => {
    const setup = started({ quotaBytes: 100 });
    const near = setup.enter();
    near.say(new Uint8Array(5_000));
    setup.village.settle();
    expect(setup.anna.net.last.received.length).toBe(100);
    expect(near.isDestroyed).toBe(true);
    const { exit } = meters(setup);
    expect([exit.receivedBytes, exit.dayBytes]).toEqual([100, 100]);
  });

  test("is for everybody it is for together, and begins anew the next day", () => {
    const setup = started({ quotaBytes: 1_000 });
    visit(setup, 400, 600);
    expect(setup.enter().text).toContain("used up");
    setup.village.pass(DAY_MS);
    visit(setup, 10, 20);
    expect(meters(setup).exit.dayBytes).toBe(30);
    const { uplink } = setup.anna.gateway;
    expect(uplink.settings().shares.map((one) => uplink.usedToday(one))).toEqual([30]);
  });

  test("is still used up after a restart, and after the clock was set back", () => {
    const setup = started({ quotaBytes: 1_000 });
    visit(setup, 400, 600);
    meters(setup);
    setup.village.clock.setWallMs(setup.village.clock.wallMs() - 3 * DAY_MS);
    const late = { ...setup, anna: setup.village.add("anna", setup.anna.disk) };
    expect(late.enter().text).toContain("used up");
  });

  test("that is raised lets go on, and a share taken back cuts what stands", () => {
    const setup = started({ quotaBytes: 100 });
    visit(setup, 40, 60);
    expect(setup.enter().text).toContain("used up");
    setup.share({ quotaBytes: 1_000 });
    const near = setup.enter();
    near.say("more");
    setup.village.settle();
    expect(setup.anna.net.last.text).toBe("more");
    setup.village.outcome((done) => setup.anna.gateway.uplink.shareNothing(done));
    expect([near.isDestroyed, setup.anna.net.last.isDestroyed]).toEqual([true, true]);
    expect(setup.enter().text).toContain("does not share");
  });
});

test("a rate holds bytes back, in both directions, and loses none", () => {
  const setup = started({ rateBits: 80_000 });
  const near = setup.enter();
  near.say(new Uint8Array(1));
  setup.village.settle();
  const server = setup.anna.net.last;
  server.say(new Uint8Array(10_000));
  setup.village.settle();
  expect(server.isPaused).toBe(true);
  setup.village.pass(900);
  expect(server.isPaused).toBe(true);
  setup.village.pass(100);
  expect(server.isPaused).toBe(false);
  expect(near.received.length).toBe(10_000);
});

describe("what is not reached through it:", () => {
  test.each([
    ["the exit's own machine", "127.0.0.1"],
    ["its network", "192.168.1.1"],
    ["a cloud's secrets", "169.254.169.254"],
    ["the mesh", "fd00::1"],
    ["the exit's machine in IPv6 clothes", "::ffff:127.0.0.1"],
  ])("%s (%s), also behind a name", (_what, address) => {
    const setup = started();
    setup.anna.net.hosts.set("inside.example.org", [address]);
    const near = setup.enter("inside.example.org");
    expect(near.text).toContain("HTTP/1.1 403");
    expect(near.text).toContain("not the local network");
    expect(setup.anna.net.nears).toEqual([]);
  });

  test("a range that was opened is, the rest is not", () => {
    const setup = started({ alsoTo: ["192.168.1.0/24"] });
    setup.anna.net.hosts.set("printer.lan", ["192.168.1.9"]);
    setup.anna.net.hosts.set("router.lan", ["192.168.2.1"]);
    setup.enter("printer.lan");
    expect(setup.anna.net.nears).toHaveLength(1);
    expect(setup.enter("router.lan").text).toContain("not the local network");
  });

  test("anything at all, once the exit is gone", () => {
    const setup = started();
    const near = setup.enter();
    setup.village.sessions.leave(setup.anna.record.id);
    setup.village.settle();
    expect(near.isDestroyed).toBe(true);
    expect(setup.enter().text).toContain("anna is not in reach now");
    expect(setup.ben.net.dialled).toEqual([]);
  });

  test("anything, by somebody whom a rule denies it", () => {
    const setup = started();
    const rule = { verdict: "deny", who: setup.to, protocol: "any" } as const;
    const reach = { t: "service", name: "gateway" } as const;
    setup.village.outcome((done) => setup.anna.gateway.access.add({ ...rule, reach }, done));
    expect(setup.enter().text).toContain("does not share");
  });
});

describe("a user who lies", () => {
  /** Proposes readings by hand; the answers' tags. */
  function propose(setup: ReturnType<typeof setUp>, frame: Uint8Array): string {
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
    const setup = started({ quotaBytes: 20_000_000 });
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
    const setup = started();
    visit(setup, 1, 1);
    expect(propose(setup, frame)).toContain("reset");
  });

  test("who has never used the uplink is not heard", () => {
    const setup = started();
    expect(propose(setup, frameOf(encodeCbor({ t: "propose", i: 0, o: 0, q: 0 })))).toContain(
      "refused",
    );
  });
});

test("an exit that charges for what did not pass gets no signature", () => {
  const setup = started();
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
  const setup = started({ quotaBytes: 10 });
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

describe("limits", () => {
  test("shares and their ranges, at the limit and one above", () => {
    const setup = setUp();
    const share = (name: string, alsoTo: readonly string[] = []): string => {
      const one: Share = { to: { t: "group", name }, quotaBytes: 1, rateBits: undefined, alsoTo };
      return setup.village.outcome((done) => setup.anna.gateway.uplink.share(one, done));
    };
    for (let count = 0; count < SHARES_MAX; count++) expect(share(`g${count}`)).toBe("none");
    expect([share("above"), share("g0")]).toEqual(["too-many", "none"]);
    const ranges = Array<string>(SHARE_RANGES_MAX).fill("10.0.0.0/8");
    expect([share("g0", ranges), share("g0", [...ranges, "10.0.0.0/8"])]).toEqual([
      ...["none", "too-many"],
    ]);
    expect(share("g0", ["nonsense"])).toBe("bad-rule");
  });
});
