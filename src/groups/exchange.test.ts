import { describe, expect, test } from "vitest";
import { Coop, type Fellow } from "../../test/support/coop.ts";
import type { Stream } from "../session/index.ts";
import { contextOf } from "./context.fixture.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeEnd } from "./exchange-host.ts";
import type { Group } from "./group.ts";
import { COMPARE_PAUSE_MS, UNSENT_BYTES_MAX } from "./limits.ts";
import { encodeFrame, type GroupFrame } from "./protocol.ts";
import type { GroupInfo } from "./types.ts";

/** An exchange of Anna's with Ben, who asks and reads nothing. */
class Desk {
  readonly coop = new Coop(1);
  readonly anna: Fellow = this.coop.add("anna");
  readonly ben: Fellow = this.coop.add("ben");
  readonly group: Group;
  readonly ends: ExchangeEnd[] = [];
  readonly exchange: Exchange;
  unreadBytes = 0;

  constructor(isOpener: boolean) {
    const { anna, ben, coop } = this;
    const { id } = coop.ask<GroupInfo>((done) => anna.live.create("Coop", done)) as GroupInfo;
    const people = [{ person: ben.person, label: "ben" }];
    coop.ask((done) => anna.does.add(id, people, "member", done));
    this.group = anna.live.find(id);
    const group = isOpener ? this.group : undefined;
    const who = { peer: ben.identity.id, person: ben.person, group };
    this.exchange = new Exchange(contextOf(coop, anna), who, {
      groupOf: () => this.group,
      opened: () => true,
      arrived: () => undefined,
      leasesArrived: () => undefined,
      offered: () => undefined,
      offerFor: () => undefined,
      over: (_, end) => void this.ends.push(end),
    });
    this.exchange.start(this.#stream());
  }

  hear(frame: GroupFrame): void {
    this.exchange.onData(encodeFrame(frame));
  }

  #stream(): Stream {
    const unread = (): number => this.unreadBytes;
    return {
      ...{ id: 1, peer: this.ben.identity.id, service: "group" },
      get unacknowledgedBytes() {
        return unread();
      },
      write: (bytes) => {
        this.unreadBytes += bytes.length;
        return true;
      },
      ...{ end: () => undefined, reset: () => undefined, consume: () => undefined },
    };
  }
}

describe("a member who asks and does not read", () => {
  test.each([
    { t: "sums", s: new Uint8Array(2_048) },
    { t: "state", d: new Uint8Array(16) },
  ] as const)("answers to $t do not pile up, and both compare later", (frame) => {
    const desk = new Desk(false);
    desk.hear({ t: "hello", v: 1, n: new Uint8Array(16), g: new Uint8Array(16) });
    for (let count = 0; count < 4_000; count++) desk.hear(frame);
    expect(desk.unreadBytes).toBeGreaterThan(UNSENT_BYTES_MAX);
    expect(desk.unreadBytes).toBeLessThan(UNSENT_BYTES_MAX + 10_000);
    desk.unreadBytes = 0;
    desk.coop.clock.advance(COMPARE_PAUSE_MS);
    expect(desk.exchange.deadlineMs).toBeLessThanOrEqual(desk.coop.clock.monotonicMs());
    desk.exchange.tick();
    expect(desk.unreadBytes).toBeGreaterThan(0);
    expect(desk.ends).toEqual([]);
  });

  test("all that shows membership is sent once", () => {
    const desk = new Desk(true);
    desk.hear({ t: "prove" });
    const once = desk.unreadBytes;
    desk.hear({ t: "prove" });
    expect([desk.unreadBytes, desk.ends]).toEqual([once, ["failed"]]);
  });
});
