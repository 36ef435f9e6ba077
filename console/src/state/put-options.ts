import { type Signal, signal } from "@preact/signals";
import { keep, recall } from "./kept.ts";

/** How much more of a file than its exact bytes survives a great loss, as the API names it. */
export type LayersName = "gentle" | "rich" | "steep" | "flat";
/** Among how many peers a file is spread, as the API names it. */
export type CodeName = "home" | "default" | "wide";

/** How files are put into the drive. */
export interface PutChoice {
  readonly layers: LayersName;
  readonly code: CodeName;
}

/** What may be chosen for the layers, the usual first. */
export const LAYER_CHOICES: readonly LayersName[] = ["gentle", "rich", "steep", "flat"];

/** What may be chosen for the code, the usual in the middle. */
export const CODE_CHOICES: readonly CodeName[] = ["home", "default", "wide"];

const KEY = "peernet-put";
const USUAL: PutChoice = { layers: "gentle", code: "default" };

/** What a browser remembers as a choice; what it does not know is as usual. */
export function parseChoice(text: string | null): PutChoice {
  const members = new URLSearchParams(text ?? "");
  return {
    layers: knownOf(LAYER_CHOICES, members.get("layers")) ?? USUAL.layers,
    code: knownOf(CODE_CHOICES, members.get("code")) ?? USUAL.code,
  };
}

function knownOf<T extends string>(choices: readonly T[], value: string | null): T | undefined {
  return choices.find((choice) => choice === value);
}

/** How the next files are put. */
export const putChoice: Signal<PutChoice> = signal(USUAL);

/** Takes up what this browser remembers. */
export function recallChoice(): void {
  putChoice.value = parseChoice(recall(KEY) ?? null);
}

/** Chooses for the next files, and for the next time in this browser. */
export function choose(change: Partial<PutChoice>): void {
  const next = { ...putChoice.peek(), ...change };
  putChoice.value = next;
  keep(KEY, new URLSearchParams({ ...next }).toString());
}

/** The query of a put. */
export function putQuery(name: string, mediaType: string, choice: PutChoice): string {
  const query = new URLSearchParams({ name, layers: choice.layers, code: choice.code });
  if (mediaType !== "") query.set("type", mediaType);
  return query.toString();
}
