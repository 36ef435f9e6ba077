import { expect, test } from "vitest";
import { Congestion } from "../congestion.ts";
import { PathControl } from "../path-control.ts";
import { SILENCE_EXTRA_MS, SILENCE_ROUND_TRIPS } from "./limits.ts";
import { SessionPath } from "./session-path.ts";

const NEVER = Number.POSITIVE_INFINITY;

function newPath(roundTripMs: number): SessionPath {
  const path = new SessionPath(undefined, new PathControl(new Congestion(1_200)));
  path.onMeasured(roundTripMs, 0);
  return path;
}

test("a path whose last packet was acknowledged owes nothing, whatever is under way on others", () => {
  const [fast, slow] = [newPath(18), newPath(1_000)];
  slow.onSent(1, 0);
  slow.onSent(2, 500);
  fast.onSent(3, 540);
  fast.onAcked(3, 100, 560);
  expect(fast.silentAtMs(150, 1)).toBe(NEVER);
  expect(slow.silentAtMs(150, 1)).toBe(SILENCE_ROUND_TRIPS * 1_000 + SILENCE_EXTRA_MS);
});

test("while later packets wait for their answers, silence counts from the last answer", () => {
  const path = newPath(20);
  path.onSent(1, 0);
  path.onSent(2, 10);
  path.onAcked(1, 100, 25);
  expect(path.silentAtMs(150, 1)).toBe(25 + SILENCE_ROUND_TRIPS * 20 + SILENCE_EXTRA_MS);
  path.onAcked(2, 100, 35);
  expect(path.silentAtMs(150, 1)).toBe(NEVER);
});
