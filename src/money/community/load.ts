import { TypedError } from "../../base/errors.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { MoneyError } from "../errors.ts";
import { UNTIL_KNOWN } from "./catching-up.ts";
import { Commune, type CommuneHost } from "./commune.ts";
import { encodeHead } from "./head.ts";
import { isComplete, type Mended, mend } from "./mend.ts";
import type { CommunityParts } from "./parts.ts";
import { type Kinds, keys, LOAD_ORDER, type Shelved } from "./shelf.ts";
import type { CommunityId } from "./types.ts";

/** What was on disk of communities. */
export interface Taken {
  readonly communes: readonly Commune[];
  /** Communities of which too little is left to go on: members tell of them again. */
  readonly lost: readonly CommunityId[];
  /** What the disk must have before the start goes on. */
  readonly due: readonly RecordWrite[];
}

/** Takes back all communities. @throws TypedError where one is damaged and may not be salvaged */
export function takeShelved(parts: CommunityParts, host: CommuneHost, shelved: Shelved): Taken {
  const communes: Commune[] = [];
  const lost: CommunityId[] = [];
  const due: RecordWrite[] = [];
  let isMended = false;
  for (const [id, kinds] of shelved) {
    if (kinds.has("rest") && !kinds.has("head")) {
      lost.push(id);
      continue;
    }
    const { commune, mended } = takeOne(parts, host, id, kinds);
    isMended ||= mended !== undefined;
    due.push(...(mended?.writes ?? []));
    if (mended?.isGone === true) lost.push(id);
    else {
      commune.loaded();
      communes.push(commune);
    }
  }
  // What was lost in one place may have been lost in others too, and leave no trace where it was the newest.
  for (const commune of parts.isCopied || isMended ? communes : []) {
    if (commune.ledger.current === undefined) continue;
    commune.head = { ...commune.head, restsUntil: UNTIL_KNOWN };
    due.push({ key: keys.head(commune.id), value: encodeHead(commune.head) });
  }
  return { communes, lost, due };
}

/** @throws TypedError where it is damaged and may not be salvaged */
function takeOne(
  parts: CommunityParts,
  host: CommuneHost,
  id: CommunityId,
  kinds: Kinds,
): { readonly commune: Commune; readonly mended: Mended | undefined } {
  const fresh = (): Commune =>
    new Commune(parts, host, id, { group: "", restsUntil: 0, admitted: [] });
  const commune = fresh();
  try {
    if (!isComplete(kinds)) throw new MoneyError("gap", "Records of a community are missing.");
    for (const kind of LOAD_ORDER) {
      for (const [name, value] of kinds.get(kind) ?? []) commune.load(kind, name, value);
    }
    return { commune, mended: undefined };
  } catch (error) {
    if (parts.salvages !== true || !(error instanceof TypedError)) throw error;
    const other = fresh();
    const mended = mend(other, kinds);
    parts.log.warn("a community was salvaged", { community: id, kept: mended.loss.kept });
    parts.onMended?.(mended.loss);
    return { commune: other, mended };
  }
}

/** What a person reads where a start is stopped. */
export const DAMAGED =
  "What is kept of a community is damaged, or parts of it are missing. Nothing was changed. If you have a copy of the whole home directory, put it back. Without one, 'peernet up --salvage' goes on with the part that is whole; the rest comes back from other members.";
