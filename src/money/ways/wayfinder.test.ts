import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import type { Clock } from "../../ports/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../testing/fixtures.ts";
import type { LineView } from "../line-desk.ts";
import { ADVERT_CHECK_MS, ADVERT_MIN_MS, OWN_ADVERTS_BURST } from "../routing/limits.ts";
import { decodeRoutingMessage } from "../routing/messages.ts";
import { Wayfinder } from "./wayfinder.ts";

/** A clock on which some time passes between two looks, as on a real one. */
function restless(clock: ManualClock): Clock {
  return {
    monotonicMs: () => {
      clock.advance(0.001);
      return clock.monotonicMs();
    },
    wallMs: () => Math.floor(clock.wallMs()),
  };
}

test("lines that change more often than may be told are told as soon as they may, and nobody is woken for nothing", () => {
  const suite = createNodeSuite();
  const clock = new ManualClock();
  let line: LineView = {
    ...{ id: "line", currency: "hours", partner: "f".repeat(32), state: "open", balance: 0 },
    ...{ limitOfOurs: 1_000, limitOfTheirs: 1_000, lockedOut: 0, lockedIn: 0 },
    ...{ canPay: 1_000, canPrepare: 1_000 },
  };
  let adverts = 0;
  const finder = new Wayfinder({
    desk: {
      lines: () => [line],
      line: () => line,
      tell: (_, bytes) => {
        if (decodeRoutingMessage(bytes).t === "advert") adverts++;
        return true;
      },
    },
    ...{ identity: testIdentity(suite, "anna"), suite, clock: restless(clock) },
    ...{ random: testRandom(1), isOurs: () => true, isHidden: () => false },
    ...{ keyOfPartner: () => undefined, keysInMesh: () => new Map(), isRevoked: () => false },
    askHint: () => undefined,
  });
  const change = (canPrepare: number): void => {
    line = { ...line, canPrepare };
    finder.onLine(line);
  };
  let ticks = 0;
  /** As whoever runs a peer does: sleeps until something is due. */
  const live = (ms: number): void => {
    const endMs = clock.monotonicMs() + ms;
    for (;;) {
      const waitMs = finder.nextDeadlineMs() - clock.monotonicMs();
      if (clock.monotonicMs() + waitMs > endMs) break;
      clock.advance(Math.max(0, Math.ceil(waitMs)));
      finder.tick();
      if (++ticks > 100) throw new RangeError("It is woken without end.");
    }
    clock.advance(Math.max(0, endMs - clock.monotonicMs()));
  };
  for (let count = 0; count <= OWN_ADVERTS_BURST; count++) {
    change(count % 2 === 0 ? 1_000 : 0);
    live(2 * ADVERT_CHECK_MS);
  }
  expect(adverts).toBe(OWN_ADVERTS_BURST);
  live(ADVERT_MIN_MS);
  expect(adverts).toBe(OWN_ADVERTS_BURST + 1);
});
