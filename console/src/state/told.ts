import type { FindingBody, WhyReasonBody } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";
import type { FindingWords } from "../words/told.ts";
import { cleanName, formatTime } from "./format.ts";

/** Why a message is where it is, and what can be done. */
export function whyIn({ code, facts, words, advice }: WhyReasonBody, nowMs: number): string {
  const { told } = say();
  // A newer peer knows more.
  if (told === null || !Object.hasOwn(told.why, code)) return `${words} ${advice}`.trim();
  const { name, names = [] } = facts;
  const clean = {
    ...facts,
    ...(name === undefined ? {} : { name: cleanName(name) }),
    names: names.map((one) => cleanName(one)),
  };
  return told.why[code](clean, (atMs) => formatTime(atMs, nowMs, "de"));
}

/** What the doctor has found, and what to do next. */
export function findingIn({ id, level, code, facts, title, advice }: FindingBody): FindingWords {
  const { told } = say();
  if (told === null) return { title, advice };
  if (code !== null && Object.hasOwn(told.findings, code)) return told.findings[code](facts);
  const what = Object.hasOwn(told.looked, id) ? told.looked[id] : undefined;
  const said = told.says(`${title} ${advice}`.trim());
  if (what === undefined) return { title: said, advice: "" };
  return { title: level === "ok" ? told.fine(what) : told.amiss(what), advice: said };
}
