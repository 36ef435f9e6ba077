import type {
  CommunitiesBody,
  CommunityAccountsBody,
  CommunityBody,
  CommunityListingBody,
  CommunityListingsBody,
  CommunityPaidBody,
  CommunityProposalsBody,
  CommunityRulesWish,
  CommunityStatementBody,
} from "../contract-community.ts";
import { type ApiFetch, type JsonCall, jsonCall } from "./calls.ts";

/** What somebody offers or wants; it stands for 30 days where nothing is said. */
export interface NewListing {
  readonly kind: "offer" | "want";
  readonly title: string;
  readonly text?: string;
  readonly price?: string;
  readonly days?: number;
}

/** The calls of the local API about community currencies. A community is named by its id, group, currency or unit. */
export class CommunitiesClient {
  readonly #json: JsonCall;
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
    this.#fetch = fetch;
  }

  list(): Promise<CommunitiesBody> {
    return this.#json("GET", "/v1/money/communities");
  }

  found(currency: string, rules: CommunityRulesWish): Promise<CommunityBody> {
    return this.#json("POST", "/v1/money/communities", { currency, rules });
  }

  show(community: string): Promise<CommunityBody> {
    return this.#json("GET", pathOf(community));
  }

  accounts(community: string): Promise<CommunityAccountsBody> {
    return this.#json("GET", `${pathOf(community)}/accounts`);
  }

  proposals(community: string): Promise<CommunityProposalsBody> {
    return this.#json("GET", `${pathOf(community)}/proposals`);
  }

  /** Proposes other rules; what is left out stays. */
  changeRules(community: string, rules: CommunityRulesWish): Promise<CommunityProposalsBody> {
    return this.#json("POST", `${pathOf(community)}/rules`, rules);
  }

  /** Proposes to move something by hand: `from` is for "cover", where a teller bears it. */
  proposeAct(
    community: string,
    act: {
      readonly kind: "spend" | "cover";
      readonly to: string;
      readonly amount: string;
      readonly from?: string;
      readonly memo?: string;
    },
  ): Promise<CommunityProposalsBody> {
    return this.#json("POST", `${pathOf(community)}/acts`, act);
  }

  sign(community: string, proposal: string): Promise<CommunityBody> {
    return this.#json("POST", `${pathOf(community)}/proposals/${encodeURIComponent(proposal)}`, {});
  }

  join(community: string): Promise<CommunityBody> {
    return this.#json("POST", `${pathOf(community)}/join`, {});
  }

  takeOver(community: string): Promise<CommunityBody> {
    return this.#json("POST", `${pathOf(community)}/takeover`, {});
  }

  admit(community: string, who: string): Promise<CommunityBody> {
    return this.#json("POST", `${pathOf(community)}/admit`, { who });
  }

  pay(community: string, to: string, amount: string, memo = ""): Promise<CommunityPaidBody> {
    return this.#json("POST", `${pathOf(community)}/payments`, { to, amount, memo });
  }

  /** @param limit the newest of so many entries */
  statement(community: string, limit?: number): Promise<CommunityStatementBody> {
    const query = limit === undefined ? "" : `?limit=${limit}`;
    return this.#json("GET", `${pathOf(community)}/statement${query}`);
  }

  listings(community: string): Promise<CommunityListingsBody> {
    return this.#json("GET", `${pathOf(community)}/listings`);
  }

  addListing(community: string, listing: NewListing): Promise<CommunityListingBody> {
    return this.#json("POST", `${pathOf(community)}/listings`, listing);
  }

  async withdraw(community: string, listing: string): Promise<void> {
    await this.#fetch("DELETE", `${pathOf(community)}/listings/${encodeURIComponent(listing)}`, {});
  }
}

function pathOf(community: string): string {
  return `/v1/money/communities/${encodeURIComponent(community)}`;
}
