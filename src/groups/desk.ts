import type { PersonId } from "../identity/index.ts";
import type { Checkpoints } from "./checkpoints/checkpoints.ts";
import { GroupsError } from "./errors.ts";
import type { Group } from "./group.ts";
import type { Leases } from "./leases.ts";
import { parseGroupLink } from "./link.ts";
import type { Offers } from "./offers.ts";
import type { GroupsOptions } from "./options.ts";
import type { Roster } from "./roster.ts";
import type { Sync, SyncDesk } from "./sync.ts";

/** What is needed to answer to what exchanges bring. */
export interface DeskParts extends Pick<GroupsOptions, "isContact" | "events"> {
  readonly roster: Roster;
  readonly offers: Offers;
  readonly leases: Leases;
  readonly sync: () => Sync;
  readonly checkpoints: () => Checkpoints;
  /** Operations of a group were taken up. */
  readonly changed: (group: Group) => void;
  readonly linkOf: (group: Group) => string;
  /** This device's own person. */
  readonly self: PersonId;
  readonly join: (link: string) => void;
}

/** Takes up what members send. */
export function syncDesk(parts: DeskParts): SyncDesk {
  const { roster, offers, leases: words, events, isContact, sync, changed, linkOf } = parts;
  return {
    groups: () => roster.all(),
    arrived: (group, ops, from) => {
      const isMember = group.isNewcomer || group.has(from.person);
      const { fresh, hasGap, refusal } = group.accept(ops, isMember);
      if (fresh.length > 0) {
        sync().tell(
          group,
          fresh.map(({ op }) => op),
          from,
        );
        changed(group);
      }
      // Only now: what came before it may be the removal of whoever sends this.
      if (refusal !== undefined) throw refusal;
      if (hasGap) throw new GroupsError("gap", "Something that it depends on is missing.");
    },
    leasesArrived: (group, leases, from) => {
      const fresh = leases.filter((bytes) => words.take(group, bytes));
      if (fresh.length === 0) return;
      sync().tellLeases(group, fresh, from);
      events.onGroupChanged(group.id);
    },
    offered: (link, by) => {
      const { group, invite, title } = parseGroupLink(link);
      const isKnown = roster.get(group) !== undefined || invite !== undefined;
      if (isKnown || !isContact(by)) return;
      // What another device of this person is in, this one is in as well.
      if (by === parts.self) {
        parts.join(link);
        return;
      }
      if (offers.take({ group, title, by, link })) events.onGroupChanged(group);
    },
    offerFor: (group, person) => (group.has(person) ? linkOf(group) : undefined),
    met: (group, peer, isOpener) => {
      if (group.refusals > 0) events.onGroupChanged(group.id);
      group.refusals = 0;
      parts.checkpoints().met(group, peer, isOpener);
    },
    refused: (group, by) => {
      if (!group.isNewcomer && !group.hasHeardOf(by)) return;
      group.refusals++;
      // Once is news: from then on the group looks different to this person.
      if (group.refusals === 1) events.onGroupChanged(group.id);
    },
  };
}
