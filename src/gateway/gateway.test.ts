import { describe, expect, test } from "vitest";
import { gatewayPair as setUp } from "../../test/support/gateway-pair.ts";
import { TestNear } from "../../test/support/gateway-village.ts";
import { REFUSALS_SHOWN_MAX } from "./limits.ts";
import type { Who } from "./types.ts";

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
    anna.net.own.add(4_710); // what else of the peer listens: its API, say
    anna.net.listening.add(4_710);
    ben.gateway.connect("anna", { t: "port", port: 4_710 }, () => undefined);
    village.settle();
    expect(lastWords()).toContain("does not let you reach port 4710");
  });

  test("only so many refusals are remembered", () => {
    const { forward, enter, ben } = setUp();
    forward();
    for (let count = 0; count <= REFUSALS_SHOWN_MAX; count++) enter();
    expect(ben.gateway.refusals.all()).toHaveLength(REFUSALS_SHOWN_MAX);
  });
});
