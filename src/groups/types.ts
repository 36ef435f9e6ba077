import type { PeerId, PersonId } from "../identity/index.ts";
import type {
  Decision,
  Epoch,
  GroupName,
  Member,
  OpenInvite,
  Orphan,
  Ownership,
  Proposal,
} from "./log/index.ts";

/** How this person stands to a group. */
export type GroupState =
  /** Asked to come in; no member was in reach yet. */
  | "joining"
  | "in"
  /** Not a member any more, or never was one as far as is known here. */
  | "out";

/** A member as this device sees them. */
export interface MemberInfo extends Member {
  /** Whether somebody vouched for them lately; services of the group are shut to others. */
  readonly isLive: boolean;
}

/** A group as this device sees it. */
export interface GroupInfo {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly state: GroupState;
  readonly members: readonly MemberInfo[];
  readonly ownership: Ownership | undefined;
  readonly proposals: readonly Proposal[];
  readonly names: readonly GroupName[];
  readonly invites: readonly OpenInvite[];
  readonly orphans: readonly Orphan[];
  /** People one of whose devices told two stories. */
  readonly forked: readonly PersonId[];
  readonly epoch: Epoch | undefined;
  readonly ops: number;
  /** Those of them that are believed by a checkpoint until they come themselves. */
  readonly opsBelieved: number;
  /** Members' devices with whom the group is being exchanged. */
  readonly partners: readonly PeerId[];
  /** Members that refused this device one after another: it may have been removed. */
  readonly refusals: number;
  /** The shared folder's link, where there is one. */
  readonly folder: string | undefined;
}

/** A contact has added this person to a group of which this device does not know yet. */
export interface GroupOffer {
  readonly group: string;
  readonly title: string;
  readonly by: PersonId;
  readonly link: string;
}

/** How a vote went. */
export interface VoteResult {
  readonly decision: Decision;
  readonly votes: number;
  readonly needed: number;
  readonly isTaken: boolean;
}
