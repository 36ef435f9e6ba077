import type { SpeedDirection, SpeedResult } from "../../gateway/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { ApiContext } from "../context.ts";
import type { SpeedBody } from "../contract-gateway.ts";
import { ApiError } from "../errors.ts";
import { ask } from "../wait.ts";

const IDLE_PINGS = 5;
/** As many round trips without an answer, at the beginning, mean that nobody is there. */
const SILENT_PINGS = 2;
/** Pause between two round trips measured under load, in milliseconds. */
const LOADED_PAUSE_MS = 100;

/** Megabits per second, and round trips idle and under load. */
export async function measureSpeed(
  context: ApiContext,
  to: PeerId,
  seconds: number,
): Promise<SpeedBody> {
  const idle: number[] = [];
  for (let count = 0; count < IDLE_PINGS; count++) {
    await pingInto(context, to, idle);
    // Opening a stream to somebody who is away takes much longer.
    if (count + 1 === SILENT_PINGS && idle.length === 0) throw absent();
  }
  const loaded: number[] = [];
  let isOver = false;
  const pinging = (async () => {
    while (!isOver) {
      await pingInto(context, to, loaded);
      await new Promise((done) => setTimeout(done, LOADED_PAUSE_MS));
    }
  })();
  try {
    const downMbit = await fill(context, to, "down", seconds);
    const upMbit = await fill(context, to, "up", seconds);
    const hops = context.peer.routing.route(to)?.hops ?? 0;
    const medians = { idleRoundTripMs: median(idle), loadedRoundTripMs: median(loaded) };
    return { peerId: to, hops, downMbit, upMbit, ...medians };
  } finally {
    isOver = true;
    await pinging;
  }
}

async function fill(
  context: ApiContext,
  to: PeerId,
  direction: SpeedDirection,
  seconds: number,
): Promise<number> {
  const result = await ask<SpeedResult | undefined>((resolve) => {
    context.peer.gateway.speed.measure(to, direction, seconds * 1_000, resolve);
    context.poke();
  });
  if (result === undefined) throw absent();
  return (result.sizeBytes * 8) / 1_000 / Math.max(1, result.durationMs);
}

function absent(): ApiError {
  return new ApiError(
    "unavailable",
    "The other peer does not take part: it is not in reach, busy with another measurement, or you have not met.",
  );
}

async function pingInto(context: ApiContext, to: PeerId, found: number[]): Promise<void> {
  const roundTripMs = await new Promise<number | undefined>((resolve) => {
    if (!context.peer.pinger.ping(to, resolve)) resolve(undefined);
    context.poke();
  });
  if (roundTripMs !== undefined) found.push(roundTripMs);
}

function median(numbers: readonly number[]): number | null {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? null;
}
