import type { AuditingOptions } from "../../store/index.ts";
import type { HomeConfig } from "./home-config.ts";

/** How the store audits this peer's objects, as `config.json` has it. */
export function auditsOf({ audits }: HomeConfig): AuditingOptions {
  if (audits === false) return { isOff: true };
  const { everyDays, perHourBytes } = audits ?? {};
  return {
    ...(everyDays === undefined ? {} : { everyMs: everyDays * 86_400_000 }),
    ...(perHourBytes === undefined ? {} : { bytesPerHour: perHourBytes }),
  };
}
