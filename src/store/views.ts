import type { PeerId } from "../identity/index.ts";
import type { StoreContext } from "./context.ts";
import { fullK } from "./geometry.ts";
import { healthOf } from "./health.ts";
import { formatCid, formatObjectLink, parseObjectTarget } from "./link.ts";
import type { ObjectEntry } from "./records.ts";
import type { Survey } from "./survey.ts";
import type { ObjectHealth, StoredObject } from "./types.ts";

/** What people are shown of objects, from what is known here and from what peers answer. */
export class ObjectViews {
  readonly #context: StoreContext;
  readonly #waiting: (root: string) => number;

  /** @param waiting how many fragments of an object wait here for another peer */
  constructor(context: StoreContext, waiting: (root: string) => number) {
    this.#context = context;
    this.#waiting = waiting;
  }

  /** The link of an object; empty where only its root is known. */
  linkOf(root: string): string {
    const object = this.#context.ledger.object(root);
    return object === undefined ? "" : linkOf(object);
  }

  /** An object as far as it is known here; undefined without its read key. */
  describe(object: ObjectEntry): StoredObject | undefined {
    const link = linkOf(object);
    if (link === "") return undefined;
    const { readKey: _, holders: __, spreadOver: ___, lentUntilMs: ____, ...facts } = object;
    const cid = formatCid(rootBytes(object.root));
    return { ...facts, link, cid, k: fullK(object), health: this.#known(object) };
  }

  #known(object: ObjectEntry): ObjectHealth {
    const { ledger } = this.#context;
    const { layers, n, root } = object;
    const indices = new Set(ledger.indices(root));
    const loads = new Map<PeerId, number>();
    const here = indices.size;
    for (const [index, holder] of object.holders.entries()) {
      if (holder === undefined || indices.has(index)) continue;
      indices.add(index);
      loads.set(holder, (loads.get(holder) ?? 0) + 1);
    }
    const waiting = this.#waiting(root);
    const all = [here, ...loads.values()];
    return healthOf({ layers, n, alive: indices.size, here, waiting, loads: all, isAsked: false });
  }

  /**
   * Notes which peers were found to hold what, and which said that they no longer do.
   * @returns whether that was news
   */
  learn(root: string, survey: Survey): boolean {
    const object = this.#context.ledger.object(root);
    if (object === undefined) return false;
    const found = survey.holders(object.nMax);
    const holders = found.map((finder, index) => {
      const known = object.holders[index];
      if (known !== undefined && !survey.hasAnswered(known)) return finder ?? known;
      return finder;
    });
    if (holders.every((holder, index) => holder === object.holders[index])) return false;
    this.#context.ledger.update({ ...object, holders });
    return true;
  }

  /** Health by what peers have just answered. */
  asked(root: string, survey: Survey): ObjectHealth {
    const { ledger, self } = this.#context;
    const known = ledger.object(root);
    const { manifest } = survey.head ?? {};
    const n = known?.n ?? manifest?.n ?? 0;
    // Who lacks the read key does not know what a layer is for.
    const unread = manifest?.layers.map((layer) => ({ ...layer, role: "body" as const }));
    const layers = known?.layers ?? unread ?? [];
    const loads: number[] = [];
    let here = 0;
    for (const source of survey.sources()) {
      loads.push(source.indices.size);
      if (source.id === self) here = source.indices.size;
    }
    const alive = survey.available().size;
    const waiting = this.#waiting(root);
    return healthOf({ layers, n, alive, here, waiting, loads, isAsked: true });
  }
}

function linkOf(object: ObjectEntry): string {
  if (object.readKey === undefined) return "";
  return formatObjectLink({ readKey: object.readKey, root: rootBytes(object.root) });
}

function rootBytes(root: string): Uint8Array {
  return parseObjectTarget(root).root;
}
