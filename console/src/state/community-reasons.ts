import type {
  CommunityAccountBody,
  CommunityBody,
  CommunityMatterBody,
  CommunityOrderBody,
} from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";
import { amountIn, whoIn } from "./community.ts";
import { cleanName } from "./format.ts";
import { memoIn } from "./money.ts";

/** What an entry or a proposal does. */
export function matterIn(matter: CommunityMatterBody, body: CommunityBody): string {
  const { community } = say();
  const { matter: words } = community;
  switch (matter.t) {
    case "open":
    case "takeover":
    case "gather":
      return words[matter.t];
    case "found":
      return community.foundsIt;
    case "rules":
      return community.newRules(matter.version);
    case "pay":
    case "spend":
    case "cover": {
      const sum = amountIn(matter.amount, body);
      const to = whoIn(matter.to, body);
      const what =
        matter.t === "pay"
          ? words.pay(sum, to)
          : words[matter.t](whoIn(matter.from, body), sum, to);
      return matter.memo === "" ? what : `${what}, ${memoIn(matter.memo)}`;
    }
    default:
      // A newer peer knows more.
      return cleanName((matter as { t: string }).t);
  }
}

/** Why an order waits; empty where nothing stands in its way. */
export function waitIn({ reasons }: CommunityOrderBody, body: CommunityBody): string {
  const { wait } = say().community;
  const all = reasons.map((reason) => {
    if (reason.code === "told") return wait.told;
    if (reason.code === "few-stewards") return wait.few(reason.inReach, reason.needed);
    return wait.says[reason.says](whoIn(reason.who, body), cleanName(reason.word));
  });
  return all.join("; ");
}

/** Why an account pays nothing any more; null where it does. */
export function stopIn({ stoppedBy }: CommunityAccountBody, body: CommunityBody): string | null {
  const { community } = say();
  if (stoppedBy === null) return null;
  if (stoppedBy.length === 0) return community.stopped;
  const who = stoppedBy.map((one) => whoIn(one, body)).join(", ");
  return `${community.stopped} ${community.stoppedBy(who)}`;
}

/** What stands in the way of a community; null where nothing does. */
export function troubleIn({ troubleCode }: CommunityBody): string | null {
  const { community } = say();
  if (troubleCode === null) return null;
  const words = { "not-founded": community.waits, resting: community.resting, low: community.low };
  return words[troubleCode];
}
