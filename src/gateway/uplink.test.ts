import { describe, expect, test } from "vitest";
import {
  expectAgreed,
  HOST,
  meter,
  meters,
  sharedUplink,
  uplinkPair,
  visit,
} from "../../test/support/uplink-pair.ts";
import { SHARE_RANGES_MAX, SHARES_MAX } from "./limits.ts";
import type { Share } from "./uplink-settings.ts";

const DAY_MS = 86_400_000;

describe("an uplink that is shared", () => {
  test("is off until somebody says so, on either side", () => {
    const setup = uplinkPair();
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
    const setup = sharedUplink();
    setup.enter();
    expect(setup.anna.net.dialled).toMatchObject([{ t: "internet", host: HOST, port: 443 }]);
    expect(setup.ben.net.dialled).toEqual([]);
  });
});

describe("a line that costs by the byte", () => {
  test("is shared no further, standing connections end, and it goes on by itself later", () => {
    const setup = sharedUplink();
    const near = setup.enter();
    setup.anna.gateway.setMetered(true);
    setup.village.settle();
    expect(near.isDestroyed).toBe(true);
    expect(setup.enter().text).toContain("The line of anna costs by the byte now");
    expect(setup.anna.gateway.uplink.decideFull(setup.ben.record)).toEqual({ refusal: "metered" });
    setup.anna.gateway.setMetered(false);
    setup.enter().say("question");
    setup.village.settle();
    expect(setup.anna.net.last.text).toBe("question");
  });

  test("is shared where that was said", () => {
    const setup = sharedUplink({ meteredOk: true });
    const near = setup.enter();
    setup.anna.gateway.setMetered(true);
    setup.village.settle();
    expect(near.isDestroyed).toBe(false);
  });
});

describe("a quota", () => {
  test("that is used up in mid-stream: words, a failure for the program, meters that agree", () => {
    const setup = sharedUplink({ quotaBytes: 10_000 });
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
    const setup = sharedUplink({ quotaBytes: 100 });
    const near = setup.enter();
    near.say(new Uint8Array(5_000));
    setup.village.settle();
    expect(setup.anna.net.last.received.length).toBe(100);
    expect(near.isDestroyed).toBe(true);
    const { exit } = meters(setup);
    expect([exit.receivedBytes, exit.dayBytes]).toEqual([100, 100]);
  });

  test("is for everybody it is for together, and begins anew the next day", () => {
    const setup = sharedUplink({ quotaBytes: 1_000 });
    visit(setup, 400, 600);
    expect(setup.enter().text).toContain("used up");
    setup.village.pass(DAY_MS);
    visit(setup, 10, 20);
    expect(meters(setup).exit.dayBytes).toBe(30);
    const { uplink } = setup.anna.gateway;
    expect(uplink.settings().shares.map((one) => uplink.usedToday(one))).toEqual([30]);
  });

  test("is still used up after a restart, and after the clock was set back", () => {
    const setup = sharedUplink({ quotaBytes: 1_000 });
    visit(setup, 400, 600);
    meters(setup);
    setup.village.clock.setWallMs(setup.village.clock.wallMs() - 3 * DAY_MS);
    const late = { ...setup, anna: setup.village.add("anna", setup.anna.disk) };
    expect(late.enter().text).toContain("used up");
  });

  test("is used up whatever the user says to have sent", () => {
    const setup = sharedUplink({ quotaBytes: 1_000 });
    visit(setup, 990, 10);
    expect(setup.enter().text).toContain("used up");
    meter(setup.ben, setup.anna, "user").sentBytes = 0;
    expect(meters(setup).exit.dayBytes).toBe(1_000);
    const late = { ...setup, anna: setup.village.add("anna", setup.anna.disk) };
    expect(late.enter().text).toContain("used up");
  });

  test("that is raised lets go on, and a share taken back cuts what stands", () => {
    const setup = sharedUplink({ quotaBytes: 100 });
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
  const setup = sharedUplink({ rateBits: 80_000 });
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
    const setup = sharedUplink();
    setup.anna.net.hosts.set("inside.example.org", [address]);
    const near = setup.enter("inside.example.org");
    expect(near.text).toContain("HTTP/1.1 403");
    expect(near.text).toContain("not the local network");
    expect(setup.anna.net.nears).toEqual([]);
  });

  test("a range that was opened is, the rest is not", () => {
    const setup = sharedUplink({ alsoTo: ["192.168.1.0/24"] });
    setup.anna.net.hosts.set("printer.lan", ["192.168.1.9"]);
    setup.anna.net.hosts.set("router.lan", ["192.168.2.1"]);
    setup.enter("printer.lan");
    expect(setup.anna.net.nears).toHaveLength(1);
    expect(setup.enter("router.lan").text).toContain("not the local network");
  });

  test("anything at all, once the exit is gone", () => {
    const setup = sharedUplink();
    const near = setup.enter();
    setup.village.sessions.leave(setup.anna.record.id);
    setup.village.settle();
    expect(near.isDestroyed).toBe(true);
    expect(setup.enter().text).toContain("anna is not in reach now");
    expect(setup.ben.net.dialled).toEqual([]);
  });

  test("anything, by somebody whom a rule denies it", () => {
    const setup = sharedUplink();
    const rule = { verdict: "deny", who: setup.to, protocol: "any" } as const;
    const reach = { t: "service", name: "gateway" } as const;
    setup.village.outcome((done) => setup.anna.gateway.access.add({ ...rule, reach }, done));
    expect(setup.enter().text).toContain("does not share");
  });
});

describe("limits", () => {
  test("shares and their ranges, at the limit and one above", () => {
    const setup = uplinkPair();
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
