export type { Posting } from "./account.ts";
export { type Commune, factOf } from "./commune.ts";
export { Communities } from "./communities.ts";
export {
  type AccountInfo,
  accountInfo,
  accountsOf,
  type CommunityInfo,
  communityInfo,
  listingsOf,
  type OrderInfo,
  statementOf,
} from "./describe.ts";
export { CommunityDesk, type ListingWish, type RuleWish } from "./desk.ts";
export * as limits from "./limits.ts";
export type { CommunityEvents, CommunityParts, CommunityPeople } from "./parts.ts";
export { CommunityRefusal, type Refusal, type RefusalCode } from "./refusals.ts";
export { encodeSigned, idOf, judgesOf, newcomers } from "./signed.ts";
export type * from "./types.ts";
