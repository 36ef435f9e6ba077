import type { Village, Villager } from "./village.ts";

/** What happened in random runs, so that runs in which nothing went wrong are noticed. */
export interface Faults {
  crashes: number;
  parts: number;
  cuts: number;
  diskFull: number;
}

/** Does one random bad (or healing) thing to one of two peers. */
export function mischief(village: Village, one: Villager, other: Villager, faults: Faults): void {
  const dice = village.random.u32() % 8;
  if (dice < 2) {
    village.crash(one, village.random.u32() % 3);
    village.start(one);
    faults.crashes++;
  } else if (dice < 3) {
    village.part(one, other);
    faults.parts++;
  } else if (dice < 5) village.join(one, other);
  else if (dice < 6) village.net.cut(one.identity.id, other.identity.id);
  else if (dice < 7) one.disk.full = village.random.u32() % 2 === 0;
  else village.passTime();
}

/** Does a few random steps of whatever is under way. */
export function stumble(village: Village): void {
  for (let step = village.random.u32() % 40; step > 0; step--) village.step();
}

/** Everything is well again; runs until nothing is left to do, and counts what went wrong. */
export function heal(village: Village, pair: readonly [Villager, Villager], faults: Faults): void {
  for (const villager of pair) villager.disk.full = false;
  village.join(...pair);
  village.settle(40);
  faults.cuts += village.net.cutStreams;
  for (const villager of pair) faults.diskFull += villager.disk.refusedWrites;
}
