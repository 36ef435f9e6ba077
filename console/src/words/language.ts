import { type ReadonlySignal, signal } from "@preact/signals";
import { keep, recall } from "../state/kept.ts";
import { ENGLISH, type Words } from "./english.ts";

/** Languages of the console; the names are what their speakers call them. */
export const LANGUAGES: Readonly<Record<Language, string>> = { en: "English", de: "Deutsch" };

/** A language of the console. */
export type Language = "en" | "de";

const KEY = "peernet-language";

const wordsSignal = signal<Words>(ENGLISH);
const languageSignal = signal<Language>("en");

/** The language that is shown. */
export const language: ReadonlySignal<Language> = languageSignal;

/** All words of the page in the language that is shown; components that call it follow a change. */
export function say(): Words {
  return wordsSignal.value;
}

/** The language that somebody chose here, else the first of the browser's that there is. */
export function wantedLanguage(stored: string | undefined, asked: readonly string[]): Language {
  const wishes = stored === undefined ? asked : [stored, ...asked];
  const known = wishes.map((one) => one.slice(0, 2).toLowerCase());
  return known.find((one): one is Language => Object.hasOwn(LANGUAGES, one)) ?? "en";
}

/** Shows the wanted language; to be awaited before the first picture. */
export function startLanguage(): Promise<void> {
  return show(wantedLanguage(recall(KEY), navigator.languages));
}

/** Shows another language and keeps the choice in this browser. */
export async function chooseLanguage(wanted: Language): Promise<void> {
  keep(KEY, wanted);
  await show(wanted);
}

/** Only the language that is needed is loaded. */
async function show(wanted: Language): Promise<void> {
  wordsSignal.value = wanted === "de" ? (await import("./german.ts")).GERMAN : ENGLISH;
  languageSignal.value = wanted;
  document.documentElement.lang = wanted;
}
