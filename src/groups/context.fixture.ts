import type { Coop, Fellow } from "../../test/support/coop.ts";
import { suite } from "../../test/support/hamlet.ts";
import { SILENT_LOG } from "../ports/index.ts";
import type { GroupsContext } from "./context.ts";
import { limits } from "./log/index.ts";
import { certificateVouching, proofOf } from "./proof.ts";

/** What parts of the room get, for a test of one of them on somebody's device. */
export function contextOf(coop: Coop, { identity, name, disk, record }: Fellow): GroupsContext {
  return {
    ...{ identity, name, suite, clock: coop.clock, random: coop.random, log: SILENT_LOG },
    ...{ records: disk.open(), session: coop.net.join(record) },
    ...{ vouching: certificateVouching(suite), proof: proofOf(identity.certificate) },
    ...{ opsMax: limits.OPS_MAX, voidOpsMax: limits.VOID_OPS_MAX },
    personOf: (peer) => coop.all.find((each) => each.identity.id === peer)?.person,
    isContact: () => true,
  };
}
