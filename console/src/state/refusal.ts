import type { ApiErrorCode, ApiReasonBody } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";
import { amountWithUnit } from "./amount-words.ts";
import { cleanName } from "./format.ts";

/** A refusal as the peer tells it, or as an upload reads it. */
export interface Refused {
  readonly code: ApiErrorCode;
  readonly message: string;
  readonly reason?: ApiReasonBody | undefined;
}

/**
 * What the peer refused, for a person: in the words of the page for the reason, or for the kind of
 * refusal with what the peer says.
 */
export function refusalWords({ code, message, reason }: Refused): string {
  const inCommunity = refusalIn(reason);
  if (inCommunity !== undefined) return inCommunity;
  const whole = reasonIn(reason?.code ?? null);
  if (whole !== undefined) return whole;
  const { refusals } = say();
  if (refusals === null) return message;
  const { leads, detail } = refusals;
  // A newer peer knows more codes.
  return has(leads, code) ? detail(leads[code], message) : message;
}

/** A reason in the words of the page; undefined where those of the peer are shown. */
export function reasonIn(code: string | null): string | undefined {
  const { refusals } = say();
  return refusals !== null && code !== null && has(refusals.reasons, code)
    ? refusals.reasons[code]
    : undefined;
}

function has<T extends object>(words: T, code: PropertyKey): code is keyof T {
  return Object.hasOwn(words, code);
}

/** Why the peer refused something in a community; undefined where it told no code that is known here. */
function refusalIn(reason: ApiReasonBody | undefined): string | undefined {
  const { community } = say();
  if (reason === undefined) return undefined;
  if (reason.code !== "limit") {
    return has(community.refusals, reason.code) ? community.refusals[reason.code] : undefined;
  }
  const { most = "", levy = "", unit = "" } = reason.facts ?? {};
  const sum = (text: string): string => amountWithUnit(text, cleanName(unit));
  const besides = levy === "" ? "" : ` ${community.refusedLevy(sum(levy))}`;
  return `${community.refusedLimit(sum(most))}${besides}`;
}
