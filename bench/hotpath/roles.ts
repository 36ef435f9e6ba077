import { runImpair } from "../impair/process.ts";
import { CHILD } from "./role.ts";
import { runChild } from "./stream-child.ts";
import { runUdpApp } from "./udp-app.ts";

/** Lives the life that whoever started this process wants; does nothing in the bench itself. */
export function liveRole(): void {
  const role = process.env[CHILD];
  if (role === "stream") void runChild();
  if (role === "impair") runImpair();
  if (role === "udp-app") void runUdpApp();
}
