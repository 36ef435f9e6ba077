import type { ApiReasonBody } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";
import { shownAmount } from "./amount.ts";
import { cleanName } from "./format.ts";

/** Why the peer refused something in a community; undefined where it told no code that is known here. */
export function refusalIn(reason: ApiReasonBody | undefined): string | undefined {
  const { community, money } = say();
  if (reason === undefined) return undefined;
  if (reason.code !== "limit") {
    return Object.hasOwn(community.refusals, reason.code)
      ? community.refusals[reason.code]
      : undefined;
  }
  const { most = "", levy = "", unit = "" } = reason.facts ?? {};
  const sum = (text: string): string => `${shownAmount(text, money.point)} ${cleanName(unit)}`;
  const besides = levy === "" ? "" : ` ${community.refusedLevy(sum(levy))}`;
  return `${community.refusedLimit(sum(most))}${besides}`;
}
