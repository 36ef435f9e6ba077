import { describe, expect, test } from "vitest";
import { TestDesk } from "../../../test/support/stranger-desk.ts";
import type { PersonId } from "../../identity/index.ts";
import { ManualClock } from "../../testing/index.ts";
import {
  FORGIVE_MS,
  GATE_FIRST_MS,
  GATE_GROWTH,
  STRAINED_VIOLATIONS,
  TAINTED_MS,
} from "./limits.ts";

const DAY_MS = 86_400_000;
const FIND = new Uint8Array(16).fill(7);

/** An introducer of whom somebody else asks the way to one contact at a time. */
class Relay extends TestDesk {
  readonly #next: { person: PersonId };

  constructor() {
    const next = { person: "" };
    const ways = { nextFor: () => ({ ...next, isTarget: true }) };
    super("relay", new ManualClock(100 * DAY_MS), { ways });
    this.#next = next;
    this.live.setSettings({ ...this.live.settings, relay: true }, () => undefined);
    this.settle();
  }

  /** `from` brings somebody who wants to reach `to`; what `from` hears, and the id. */
  passes(from: PersonId, to: PersonId, name: string): { heard: string; id: Uint8Array } {
    this.#next.person = to;
    const bring = this.bring(name, { g: FIND });
    const heard = this.hears(from, bring);
    return { heard: heard?.t === "refused" ? heard.r : (heard?.t ?? "nothing"), id: bring.i };
  }

  unwanted(by: PersonId, id: Uint8Array): void {
    this.hears(by, { t: "verdict", i: id, v: "unwanted" });
  }
}

describe("an introducer with whom somebody was not content twice", () => {
  /** `to` calls so many of `from` unwanted as make the edge strained. */
  function strain(relay: Relay, from: PersonId, to: PersonId): void {
    for (let time = 0; time < STRAINED_VIOLATIONS; time++) {
      const { heard, id } = relay.passes(from, to, `spam ${time}`);
      expect(heard).toBe("taken");
      relay.unwanted(to, id);
      relay.pass(relay.live.standing(from).closedForMs);
    }
  }

  test("passes on nothing to them from where such things came, and everything else", () => {
    const relay = new Relay();
    const [bad, good] = [relay.befriend("bad"), relay.befriend("good")];
    const [anna, ben] = [relay.befriend("anna"), relay.befriend("ben")];
    relay.unwanted(anna, relay.passes(bad, anna, "one").id);
    expect(relay.live.isStrained(anna)).toBe(false);
    relay.pass(GATE_FIRST_MS);
    relay.unwanted(anna, relay.passes(bad, anna, "two").id);
    expect(relay.live.isStrained(anna)).toBe(true);
    relay.pass(relay.live.standing(bad).closedForMs);
    expect(relay.passes(bad, anna, "three").heard).toBe("no-credit");
    expect(relay.passes(good, anna, "cleo").heard).toBe("taken");
    expect(relay.passes(bad, ben, "dora").heard).toBe("taken");
    expect(relay.live.standing(bad)).toMatchObject({ violations: 2, reserved: 1 });
  });

  test("remembers it over a crash, until one of the two is forgiven", () => {
    const relay = new Relay();
    const [bad, anna] = [relay.befriend("bad"), relay.befriend("anna")];
    strain(relay, bad, anna);
    relay.pass(FORGIVE_MS - GATE_FIRST_MS * GATE_GROWTH - 1);
    relay.crash(0);
    expect(relay.passes(bad, anna, "more spam").heard).toBe("no-credit");
    relay.pass(1);
    expect(relay.live.isStrained(anna)).toBe(false);
    expect(relay.passes(bad, anna, "dora").heard).toBe("taken");
  });

  test("takes what brought such things for tainted for 120 days, forgiven or not, and no longer", () => {
    const relay = new Relay();
    const [bad, worse] = [relay.befriend("bad"), relay.befriend("worse")];
    const anna = relay.befriend("anna");
    relay.unwanted(anna, relay.passes(bad, anna, "spam").id);
    const beganAtMs = relay.clock.wallMs();
    relay.pass(TAINTED_MS / 2);
    expect(relay.live.standing(bad).violations).toBe(0);
    relay.pass(TAINTED_MS / 2 - 10 * DAY_MS);
    // Somebody else strains the edge anew.
    strain(relay, worse, anna);
    relay.pass(beganAtMs + TAINTED_MS - 1 - relay.clock.wallMs());
    expect(relay.passes(bad, anna, "cleo").heard).toBe("no-credit");
    relay.pass(1);
    expect([relay.live.isTainted(bad), relay.live.isStrained(anna)]).toEqual([false, true]);
    expect(relay.passes(bad, anna, "cleo").heard).toBe("taken");
  });

  test("is careful too after requests of their own were unwanted", () => {
    const relay = new Relay();
    const [anna, ben] = [relay.befriend("anna"), relay.befriend("ben")];
    for (let time = 1; time <= STRAINED_VIOLATIONS; time++) {
      relay.live.introduce(anna, ben, "you two should meet", () => undefined);
      relay.settle();
      const toBen = relay.live.sent().find(({ to, state }) => to === ben && state === "waiting");
      relay.unwanted(ben, Uint8Array.from(Buffer.from(toBen?.id ?? "", "hex")));
      expect(relay.live.isStrained(ben)).toBe(time === STRAINED_VIOLATIONS);
    }
    expect(relay.live.isStrained(anna)).toBe(false);
  });

  test("a verdict of somebody else, or one told twice, changes nothing", () => {
    const relay = new Relay();
    const [bad, anna, eve] = ["bad", "anna", "eve"].map((name) => relay.befriend(name)) as [
      PersonId,
      PersonId,
      PersonId,
    ];
    const { id } = relay.passes(bad, anna, "spam");
    for (let time = 0; time < 3; time++) relay.unwanted(eve, id);
    for (let time = 0; time < 3; time++) relay.unwanted(anna, id);
    expect([relay.live.isStrained(anna), relay.live.isStrained(eve)]).toEqual([false, false]);
  });
});
