/** A member of a group. */
export interface GroupMemberBody {
  /** 32 hexadecimal digits. */
  readonly person: string;
  /** This peer's name for the person where it has one, else what the group calls them. */
  readonly name: string;
  /** What the group calls them. */
  readonly label: string;
  readonly role: "owner" | "admin" | "member";
  /** Whether that is this peer's own person. */
  readonly isYou: boolean;
  /** Since when the picture that they show of themselves is as it is; null: there is none. */
  readonly pictureAtMs: number | null;
  /** Whether somebody vouched for them lately; services of the group are shut to others. */
  readonly isLive: boolean;
  /** What this peer calls whoever let them in. */
  readonly addedBy: string;
}

/** An invite that is open. */
export interface GroupInviteBody {
  readonly id: string;
  readonly by: string;
  readonly role: "admin" | "member";
  readonly uses: number;
  readonly used: number;
  readonly expiresAtMs: number;
}

/** What owners or heirs are voting on. */
export interface GroupProposalBody {
  readonly id: string;
  readonly what: "owners" | "handover" | "remove";
  /** Owners to be, or whom to remove. */
  readonly people: readonly string[];
  /** How many of the owners to be decide; null for a removal. */
  readonly quorum: number | null;
  readonly voters: readonly string[];
  readonly needed: number;
}

/** GET /v1/groups/{group}: a group by its name here or its id. */
export interface GroupBody {
  readonly id: string;
  /** What it is called here. */
  readonly label: string;
  readonly title: string;
  /** The range of its addresses, such as fc12:…::/64, and this device's own one among them. */
  readonly network: string;
  readonly address: string;
  /** "joining": no member was in reach yet; "out": not a member any more. */
  readonly state: "joining" | "in" | "out";
  /** The most senior first. */
  readonly members: readonly GroupMemberBody[];
  readonly owners: readonly string[];
  /** How many owners decide together. */
  readonly quorum: number;
  /** Who takes over when the owners are silent for 90 days. */
  readonly heirs: readonly string[];
  readonly proposals: readonly GroupProposalBody[];
  /** Names that the group gives: `printer` is `printer.<label>.peer.alt`. */
  readonly names: readonly {
    readonly name: string;
    /** Name of a member, or the address of a device. */
    readonly means: string;
    /** Differs from `name` where somebody senior had that one. */
    readonly asked: string;
  }[];
  readonly invites: readonly GroupInviteBody[];
  /** People who were let in by somebody who was removed at the same time. */
  readonly orphans: readonly {
    readonly person: string;
    readonly name: string;
    readonly role: "admin" | "member";
    readonly addedBy: string;
  }[];
  /** People one of whose devices told two stories, so that nothing more is taken from it. */
  readonly forked: readonly string[];
  /** Changes with every removal. */
  readonly epoch: { readonly id: string; readonly counter: number } | null;
  /** Operations of the group's log here. */
  readonly ops: number;
  /** Those of them that are believed because owners signed for them, until they come themselves. */
  readonly opsBelieved: number;
  /** Members' devices with whom the group is being exchanged. */
  readonly partners: readonly string[];
  /** Members that refused this device one after another: it may have been removed. */
  readonly refusals: number;
  readonly hasFolder: boolean;
  /** Id of the shared folder, once it is on this device. */
  readonly folder: string | null;
}

/** A contact has added this person to a group. */
export interface GroupOfferBody {
  readonly group: string;
  readonly title: string;
  readonly by: string;
  /** To be joined with POST /v1/groups {link}. */
  readonly link: string;
}

/** GET /v1/groups */
export interface GroupsBody {
  readonly groups: readonly GroupBody[];
  readonly offers: readonly GroupOfferBody[];
}

/** POST /v1/groups/{group}/invites {uses?, lifeMs?, role?, withEndpoints?} */
export interface GroupLinkBody {
  readonly id: string;
  readonly link: string;
  readonly expiresAtMs: number;
}

/** POST /v1/groups/{group}/votes {owners?, quorum?, heirs?, remove?, agree?, takeOver?} */
export interface GroupVoteBody {
  readonly votes: number;
  readonly needed: number;
  /** Whether it is decided. */
  readonly isTaken: boolean;
}
