import { pause, until } from "../cli/peer-process.ts";
import type { Dice } from "./dice.ts";
import type { Begun, House, Street } from "./street.ts";

/** What happens on a street while people pay. */
export interface StormPlan {
  /** Payments that have to be paid before it ends. */
  readonly payments: number;
  /** Lines that one goes over, at most. */
  readonly hopsMax: number;
  /** Payments begun and not ended, at most: those on whose way somebody was killed not counted for long. */
  readonly atOnce: number;
  /** Houses that are killed together; 0: nobody is. */
  readonly killed: number;
  /** Kills that have to have been, on however fast a machine, before it ends. */
  readonly killsMin: number;
  /** How long all are up between kills, and how long the killed ones are away. */
  readonly upMs: number;
  readonly awayMs: number;
  /** It ends then, whatever was paid. */
  readonly mostMs: number;
}

/** What happened. */
export interface Storm {
  readonly begun: readonly Begun[];
  readonly kills: number;
  readonly tookMs: number;
}

/** How long a payment is waited for before another one is begun in its place. */
const PATIENCE_MS = 2_000;

/** People pay each other; meanwhile a part of them is killed and started again, again and again. */
export async function storm(street: Street, plan: StormPlan, dice: Dice): Promise<Storm> {
  const begun: Begun[] = [];
  const startMs = performance.now();
  let kills = 0;
  let isOver = false;
  const paidNow = (): number => {
    let paid = 0;
    for (const { ended } of street.houses) {
      for (const state of ended.values()) if (state === "paid") paid++;
    }
    return paid;
  };
  const pay = async (): Promise<void> => {
    while (!isOver) {
      const one = await street.begin(dice, plan.hopsMax);
      if (one === undefined) {
        await pause(1);
        continue;
      }
      begun.push(one);
      await until(() => street.house(one.payer).ended.has(one.id), PATIENCE_MS, 4);
    }
  };
  const kill = async (): Promise<void> => {
    while (!isOver && plan.killed > 0) {
      await until(() => isOver, plan.upMs / 2 + dice.below(plan.upMs), 20);
      if (isOver) return;
      const victims = pickSome(street.houses, plan.killed, dice);
      await Promise.all(victims.map((house) => house.end("SIGKILL")));
      kills += victims.length;
      await pause(plan.awayMs / 2 + dice.below(plan.awayMs));
      for (const house of victims) await house.start();
    }
  };
  const end = async (): Promise<void> => {
    await until(() => kills >= plan.killsMin && paidNow() >= plan.payments, plan.mostMs, 100);
    isOver = true;
  };
  const payers = Array.from({ length: plan.atOnce }, pay);
  await Promise.all([end(), kill(), ...payers]);
  return { begun, kills, tookMs: performance.now() - startMs };
}

function pickSome(houses: readonly House[], count: number, dice: Dice): readonly House[] {
  const left = [...houses];
  return Array.from({ length: count }, () => left.splice(dice.below(left.length), 1)).flat();
}
