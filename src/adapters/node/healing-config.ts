import type { HealingOptions } from "../../store/index.ts";
import type { HomeConfig } from "./home-config.ts";

/** How the store heals, as `config.json` has it. */
export function healingOf({ healing }: HomeConfig): HealingOptions {
  if (healing === false) return { isOff: true };
  const { perHourBytes, deadAfterSeconds, watchSeconds, turnSeconds } = healing ?? {};
  const deadMs = 1000 * (deadAfterSeconds ?? 0);
  const watchMs = 1000 * (watchSeconds ?? 0);
  return {
    ...(perHourBytes === undefined ? {} : { bytesPerHour: perHourBytes }),
    ...(deadMs === 0 ? {} : { deadAfter: { minMs: deadMs, maxMs: deadMs, unknownMs: deadMs } }),
    ...(watchMs === 0 ? {} : { watchMs, watchFirstMs: Math.min(60_000, watchMs) }),
    ...(turnSeconds === undefined ? {} : { turnMs: 1000 * turnSeconds }),
  };
}
