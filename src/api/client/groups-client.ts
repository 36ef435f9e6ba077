import type { FolderBody } from "../contract-folders.ts";
import type { GroupBody, GroupLinkBody, GroupsBody, GroupVoteBody } from "../contract-groups.ts";
import { type ApiFetch, type JsonCall, jsonCall } from "./calls.ts";

/** What an invite is made of; one use, 7 days and role member where nothing is said. */
export interface GroupInviteTerms {
  readonly uses?: number;
  readonly lifeMs?: number;
  readonly role?: "member" | "admin";
  /** Leave out where this peer can be dialled. */
  readonly withEndpoints?: boolean;
}

/** What an owner votes for: one of these. */
export interface GroupVote {
  readonly owners?: readonly string[];
  readonly quorum?: number;
  readonly heirs?: readonly string[];
  readonly remove?: readonly string[];
  /** Id of a proposal, or the beginning of it. */
  readonly agree?: string;
  readonly takeOver?: boolean;
}

/** The calls of the local API about private groups. A group is named by its name here or its id. */
export class GroupsClient {
  readonly #json: JsonCall;
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
    this.#fetch = fetch;
  }

  list(): Promise<GroupsBody> {
    return this.#json("GET", "/v1/groups");
  }

  info(group: string): Promise<GroupBody> {
    return this.#json("GET", pathOf(group));
  }

  create(title: string): Promise<GroupBody> {
    return this.#json("POST", "/v1/groups", { title });
  }

  join(link: string): Promise<GroupBody> {
    return this.#json("POST", "/v1/groups", { link });
  }

  change(
    group: string,
    settings: { readonly title?: string; readonly label?: string },
  ): Promise<GroupBody> {
    return this.#json("PUT", pathOf(group), settings);
  }

  async leave(group: string): Promise<void> {
    await this.#fetch("POST", `${pathOf(group)}/leave`, {});
  }

  /** Removes a group from this device of which this person is no member any more. */
  async forget(group: string): Promise<void> {
    await this.#fetch("DELETE", pathOf(group), {});
  }

  invite(group: string, terms: GroupInviteTerms = {}): Promise<GroupLinkBody> {
    return this.#json("POST", `${pathOf(group)}/invites`, terms);
  }

  revoke(group: string, invite: string): Promise<GroupBody> {
    return this.#json("DELETE", `${pathOf(group)}/invites/${encodeURIComponent(invite)}`);
  }

  add(group: string, who: readonly string[], role: "member" | "admin"): Promise<GroupBody> {
    return this.#json("POST", `${pathOf(group)}/members`, { who, role });
  }

  role(group: string, who: string, role: "member" | "admin"): Promise<GroupBody> {
    return this.#json("PUT", `${pathOf(group)}/members`, { who: [who], role });
  }

  remove(group: string, who: string): Promise<GroupBody> {
    return this.#json("DELETE", `${pathOf(group)}/members/${encodeURIComponent(who)}`);
  }

  /** @param means a member or the address of a device; without it the name is free again */
  name(group: string, name: string, means?: string): Promise<GroupBody> {
    const body = means === undefined ? { name } : { name, means };
    return this.#json("POST", `${pathOf(group)}/names`, body);
  }

  vote(group: string, vote: GroupVote): Promise<GroupVoteBody> {
    return this.#json("POST", `${pathOf(group)}/votes`, vote);
  }

  /** Makes a folder that the group shares from now on. */
  share(group: string): Promise<FolderBody> {
    return this.#json("POST", `${pathOf(group)}/folder`);
  }
}

function pathOf(group: string): string {
  return `/v1/groups/${encodeURIComponent(group)}`;
}
