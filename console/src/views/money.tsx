import type { ComponentType, JSX } from "preact";
import { Lazy } from "../parts/lazy.tsx";

async function load(): Promise<ComponentType> {
  return (await import("../parts/money/overview.tsx")).MoneyOverview;
}

/** Money: its code is a part of its own, for those who look at it. */
export function MoneyView(): JSX.Element {
  return <Lazy load={load} />;
}
