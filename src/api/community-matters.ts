import { community, formatAmount } from "../money/index.ts";
import type { Peer } from "../peer/index.ts";
import type {
  CommunityMatterBody,
  CommunityOrderBody,
  CommunityPersonBody,
  CommunityWaitBody,
  StewardSays,
} from "./contract-community.ts";

type Commune = community.Commune;

/** Somebody of a community, or the community itself, by what they are called here. */
export function communityPerson(peer: Peer, commune: Commune, id: string): CommunityPersonBody {
  if (id === commune.id) return { name: "the community", person: id };
  if (id === commune.self) return { name: "you", person: id };
  const member = peer.groups.roster.get(commune.head.group)?.log.members().get(id);
  const name = peer.contacts.byPerson(id)?.petname ?? member?.label ?? id.slice(0, 8);
  return { name, person: id };
}

/** What an entry or a proposal does, as codes with what they are about. */
export function matterBody(
  peer: Peer,
  commune: Commune,
  matter: community.Matter,
): CommunityMatterBody {
  if (matter.t === "rules") {
    const version = matter.rules.number;
    return version === 1 ? { t: "found" } : { t: "rules", version };
  }
  const who = (id: string): CommunityPersonBody => communityPerson(peer, commune, id);
  const decimals = community.communityInfo(commune).rules?.currency.decimals ?? 0;
  if (matter.t === "act") {
    const { t, from, to, amount, memo } = matter.act;
    return { t, from: who(from), to: who(to), amount: formatAmount(amount, decimals), memo };
  }
  const { body } = matter.entry;
  if (body.t !== "pay") return { t: body.t };
  return {
    t: "pay",
    to: who(body.to),
    amount: formatAmount(body.amount, decimals),
    memo: body.memo,
  };
}

/** The same in words. */
export function matterWords(peer: Peer, commune: Commune, matter: community.Matter): string {
  const { currency } = community.communityInfo(commune).rules ?? {};
  const sum = (units: number): string =>
    currency === undefined ? String(units) : peer.money.words(units, currency);
  const name = (id: string): string => communityPerson(peer, commune, id).name;
  const about = (memo: string): string => (memo === "" ? "" : `, ${memo}`);
  if (matter.t === "rules") {
    const { number } = matter.rules;
    return number === 1 ? "found the community" : `rules, version ${number}`;
  }
  if (matter.t === "act") {
    const { t, from, to, amount, memo } = matter.act;
    const does = t === "spend" ? "spends" : "bears what is owed:";
    return `${name(from)} ${does} ${sum(amount)} to ${name(to)}${about(memo)}`;
  }
  const { body } = matter.entry;
  if (body.t === "open") return "an account begins";
  if (body.t === "takeover") return "this device writes the account from here on";
  if (body.t === "gather") return "takes in what came";
  return `${sum(body.amount)} to ${name(body.to)}${about(body.memo)}`;
}

const SAYS: Readonly<Record<Exclude<StewardSays, "other">, string>> = {
  asked: "has to let you in by hand",
  gap: "lacks something that comes before, and looks for it",
  limit: "says it is more than may be owed",
  forked: "has another one of this number from you",
  stale: "may not sign it as things are",
  "disk-full": "has a full disk",
};

function saysOf(code: string): StewardSays {
  return Object.hasOwn(SAYS, code) ? (code as StewardSays) : "other";
}

function waitsOf(
  peer: Peer,
  commune: Commune,
  order: community.OrderInfo,
): readonly CommunityWaitBody[] {
  if (order.state === "told") return [{ code: "told" }];
  const { stewardsInReach: inReach } = community.communityInfo(commune);
  const refusals = order.refusals.map(({ person, code: word }): CommunityWaitBody => {
    const who = communityPerson(peer, commune, person);
    return { code: "steward", who, says: saysOf(word), word };
  });
  const { need: needed } = order;
  return inReach < needed ? [{ code: "few-stewards", inReach, needed }, ...refusals] : refusals;
}

function waitWords(wait: CommunityWaitBody): string {
  if (wait.code === "told") return "A teller answers for it until the stewards have signed.";
  if (wait.code === "few-stewards") {
    return `${wait.inReach} of ${wait.needed} stewards that are needed are in reach; it goes on by itself when more are`;
  }
  const { who, says, word } = wait;
  return `${who.name} ${says === "other" ? `says no (${word})` : SAYS[says]}`;
}

/** An order under way as the API tells it. */
export function communityOrder(
  peer: Peer,
  commune: Commune,
  order: community.OrderInfo,
): CommunityOrderBody {
  const { id, entry, state, words: signed, need: needed } = order;
  const reasons = waitsOf(peer, commune, order);
  const matter: community.Matter = { t: "entry", entry };
  return {
    ...{ id, what: matterWords(peer, commune, matter), matter: matterBody(peer, commune, matter) },
    ...{ state, signed, needed, why: reasons.map(waitWords).join("; "), reasons },
  };
}
