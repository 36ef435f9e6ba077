import type { CryptoSuite } from "../crypto/index.ts";
import { certificateVouching, type Groups, proofOf } from "../groups/index.ts";
import type { LocalIdentity, PeerId, PersonId } from "../identity/index.ts";
import type { ChatGroup, ChatPeople } from "../messages/index.ts";

/** What the chats of groups are told from. */
export interface ChatPeopleParts {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly groups: () => Groups;
  /** The person of a peer in reach. */
  readonly personOf: (peer: PeerId) => PersonId | undefined;
  readonly isRevoked: (device: PeerId, person: PersonId) => boolean;
}

/** Groups as their chats see them. */
export function chatPeopleOf(parts: ChatPeopleParts): ChatPeople {
  const { identity, suite, groups, personOf, isRevoked } = parts;
  const vouching = certificateVouching(suite);
  const view = (id: string): ChatGroup | undefined => {
    const group = groups().roster.get(id);
    if (group === undefined) return undefined;
    const isEmpty = group.log.ops.size === 0;
    return {
      ...{ id, isIn: group.isIn, epoch: isEmpty ? "" : group.log.epoch.id },
      has: (person) => group.has(person),
      members: () => (isEmpty ? [] : group.log.members().keys()),
    };
  };
  return {
    group: view,
    *groups() {
      for (const { id } of groups().roster.all()) {
        const group = view(id);
        if (group !== undefined) yield group;
      }
    },
    personOf,
    stands: (device, person) => !isRevoked(device, person),
    vouch: (signKey, proof) => vouching.personOf(signKey, proof),
    proof: proofOf(identity.certificate),
  };
}
