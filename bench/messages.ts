import { groupRows, type RowGroups } from "./groups.ts";
import { run as bytes } from "./messages/bytes.ts";
import { run as carriers } from "./messages/carriers.ts";
import { run as delivery } from "./messages/delivery.ts";
import { run as durable } from "./messages/durable.ts";
import { run as exactlyOnce } from "./messages/exactly-once.ts";
import { run as groups, runJoining } from "./messages/groups.ts";
import { run as handshakes } from "./messages/handshakes.ts";
import { run as names } from "./messages/names.ts";
import { run as recovery } from "./messages/recovery.ts";
import { spamRows } from "./messages/spam.ts";
import { spamAttackRows } from "./messages/spam-attacks.ts";
import { run as speed } from "./messages/speed.ts";
import type { BenchOptions, BenchRow } from "./row.ts";

/** Takes minutes: rivals run beside it. */
export const slow = true;

/** The groups by the name under which PEERNET_BENCH_ROWS chooses them, in the order of issue 6. */
const GROUPS: RowGroups = {
  bytes,
  recovery,
  durable,
  delivery,
  "exactly-once": exactlyOnce,
  spam: spamRows,
  attacks: spamAttackRows,
  speed,
  handshakes,
  carriers,
  groups,
  joining: runJoining,
  names,
};

/**
 * What contacts, messages and groups must reach. PEERNET_BENCH_ROWS=bytes,spam measures only these
 * groups of rows.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  return groupRows("messages", GROUPS, options);
}
