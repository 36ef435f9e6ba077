import { type Signal, signal } from "@preact/signals";
import { keep, recall } from "./kept.ts";

/** Looks that a person can choose. */
export const THEMES = ["system", "light", "dark"] as const;

/** One of them. */
export type Theme = (typeof THEMES)[number];

const KEY = "peernet-theme";

/** The look that is chosen in this browser. */
export const theme: Signal<Theme> = signal("system");

/** Shows the look that was chosen before. */
export function startTheme(): void {
  const stored = recall(KEY);
  show(THEMES.find((one) => one === stored) ?? "system");
}

/** Shows another look and keeps the choice in this browser. */
export function chooseTheme(wanted: Theme): void {
  keep(KEY, wanted);
  show(wanted);
}

function show(wanted: Theme): void {
  theme.value = wanted;
  document.documentElement.dataset["theme"] = wanted;
}
