import type { Strategy } from "../../src/simulation/strangers/types.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";
import { least, legitRows, measure, most, noted, ofBound, scaleOf } from "./spam-runs.ts";

/** What attackers try besides writing to anybody, which the group "spam" measures. */
const STRATEGIES: readonly Strategy[] = [
  "friend-of-friend",
  "washing",
  "edge-churn",
  "false-verdicts",
];

/** The same experiment with attackers that are cleverer than to write to anybody. */
export async function spamAttackRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const scale = scaleOf(full);
  const victims = scale.seeds.map((seed) => measure(scale, { strategy: "single-victim", seed }));
  const sleeper = measure(scale, { strategy: "sleeper" });
  const tried = [sleeper, ...STRATEGIES.map((strategy) => measure(scale, { strategy }))];
  const all = [...victims, ...tried];
  return noted(scale, all.length, [
    benchRow(
      "messages.attacks.intrusions",
      most(all, (one) => one.intrusions),
      "messages",
    ),
    benchRow("messages.attacks.judged.of-bound", most(all, ofBound), "of bound"),
    benchRow(
      "messages.attacks.shown.per-day",
      most(all, (one) => one.mostShownPerDay),
      "requests",
    ),
    benchRow("messages.spam.unwanted.sleeper", sleeper.unwantedPerPersonWeek, "per user and week"),
    // The one who is attacked alone has a row of their own.
    ...legitRows("messages.attacks.legit", tried),
    benchRow("messages.spam.victim.48h", 100 * least(victims, (one) => one.victimWithin48h), "%"),
  ]);
}
