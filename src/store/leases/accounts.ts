import type { PeerId } from "../../identity/index.ts";
import { layerStripes } from "../geometry.ts";
import { STRIPE_BYTES } from "../limits.ts";
import type { FragmentEntry, ObjectEntry } from "../records.ts";

/** Bytes and objects between this peer and another, in one direction. */
export interface Balance {
  readonly bytes: number;
  readonly objects: number;
}

const NOTHING: Balance = { bytes: 0, objects: 0 };

/** Bytes by object, of one peer. */
class Sheet {
  readonly #bytesByRoot: Map<string, { bytes: number; fragments: number }> = new Map();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#bytesByRoot.size === 0;
  }

  balance(): Balance {
    return { bytes: this.#bytes, objects: this.#bytesByRoot.size };
  }

  roots(): IterableIterator<string> {
    return this.#bytesByRoot.keys();
  }

  has(root: string): boolean {
    return this.#bytesByRoot.has(root);
  }

  change(root: string, bytes: number, sign: 1 | -1): void {
    const known = this.#bytesByRoot.get(root) ?? { bytes: 0, fragments: 0 };
    known.bytes += sign * bytes;
    known.fragments += sign;
    this.#bytes += sign * bytes;
    if (known.fragments > 0) this.#bytesByRoot.set(root, known);
    else this.#bytesByRoot.delete(root);
  }
}

/**
 * Who keeps how much for whom: what others brought here, and what this peer's objects have with
 * others. Fed by every change of the ledger, so nothing is ever counted anew.
 */
export class Accounts {
  readonly #taken: Map<PeerId, Sheet> = new Map();
  readonly #given: Map<PeerId, Sheet> = new Map();

  /** What is kept here for a peer. */
  taken(peer: PeerId): Balance {
    return this.#taken.get(peer)?.balance() ?? NOTHING;
  }

  /** What a peer keeps for this one, as far as is known; estimated from the objects' sizes. */
  given(peer: PeerId): Balance {
    return this.#given.get(peer)?.balance() ?? NOTHING;
  }

  /** All peers with anything in either direction. */
  peers(): Set<PeerId> {
    return new Set([...this.#taken.keys(), ...this.#given.keys()]);
  }

  /** Objects of which a peer brought fragments that are here. */
  broughtBy(peer: PeerId): IterableIterator<string> {
    return (this.#taken.get(peer) ?? new Sheet()).roots();
  }

  /** Whether a peer brought a fragment of an object that is here. */
  hasBrought(peer: PeerId, root: string): boolean {
    return this.#taken.get(peer)?.has(root) ?? false;
  }

  /** Objects of which anybody brought fragments that are here; may be changed meanwhile. */
  *broughtRoots(): Generator<string> {
    const seen = new Set<string>();
    for (const sheet of this.#taken.values()) {
      for (const root of sheet.roots()) {
        if (!seen.has(root)) yield root;
        seen.add(root);
      }
    }
  }

  /** Objects of this peer that another has fragments of. */
  heldBy(peer: PeerId): IterableIterator<string> {
    return (this.#given.get(peer) ?? new Sheet()).roots();
  }

  /** Peers that have fragments of this peer's objects. */
  holders(): IterableIterator<PeerId> {
    return this.#given.keys();
  }

  /** A fragment came (1) or went (-1). */
  fragment(root: string, entry: FragmentEntry, sign: 1 | -1): void {
    if (entry.from !== undefined) change(this.#taken, entry.from, root, entry.bytes, sign);
  }

  /** What is known of an object changed. */
  object(before: ObjectEntry | undefined, after: ObjectEntry | undefined): void {
    for (const [object, sign] of [
      [before, -1],
      [after, 1],
    ] as const) {
      if (object === undefined) continue;
      const bytes = fragmentBytesOf(object);
      for (const holder of object.holders) {
        if (holder !== undefined) change(this.#given, holder, object.root, bytes, sign);
      }
    }
  }
}

function change(
  sheets: Map<PeerId, Sheet>,
  peer: PeerId,
  root: string,
  bytes: number,
  sign: 1 | -1,
): void {
  const sheet = sheets.get(peer) ?? new Sheet();
  sheet.change(root, bytes, sign);
  if (sheet.isEmpty) sheets.delete(peer);
  else sheets.set(peer, sheet);
}

/** Bytes of one fragment, a few for padding left out: an object record has no stripe length. */
export function fragmentBytesOf({ layers }: Pick<ObjectEntry, "layers">): number {
  const geometry = { version: 2 as const, stripeBytes: STRIPE_BYTES, layers };
  let bytes = 0;
  for (const layer of layers) {
    bytes += Math.ceil(layer.sizeBytes / layer.k) + 48 * layerStripes(geometry, layer);
  }
  return bytes;
}
