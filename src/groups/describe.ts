import type { PeerId } from "../identity/index.ts";
import type { Group } from "./group.ts";
import type { GroupInfo } from "./types.ts";

/** A group as people and programs are told of it. */
export function describeGroup(group: Group, nowMs: number, partners: readonly PeerId[]): GroupInfo {
  const { id, label, title, log, record, refusals } = group;
  const isKnown = log.ops.size > 0;
  const members = isKnown ? [...log.members().values()] : [];
  return {
    ...{ id, label, title, refusals, partners },
    ...{ ops: log.ops.size, opsBelieved: log.ops.thinOps },
    state: group.isIn ? "in" : record.joining !== undefined || !isKnown ? "joining" : "out",
    members: members.map((member) => ({ ...member, isLive: group.isLive(member.person) })),
    ownership: isKnown ? log.ownership : undefined,
    proposals: isKnown ? log.proposals() : [],
    names: isKnown ? log.names() : [],
    invites: isKnown ? log.invites().filter(({ expiresAtMs }) => expiresAtMs > nowMs) : [],
    orphans: isKnown ? log.orphans() : [],
    forked: isKnown ? [...new Set(log.forkedDevices().map(({ person }) => person))] : [],
    epoch: isKnown ? log.epoch : undefined,
    folder: isKnown ? log.policy("folder") : undefined,
  };
}
