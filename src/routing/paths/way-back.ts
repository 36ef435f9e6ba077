import type { PeerId } from "../../identity/index.ts";
import type { Path } from "../path-types.ts";
import { EXT_RECORD, EXT_TURNED, type Extension } from "./extension.ts";
import { reverseLabels } from "./label-codec.ts";
import { LABELS_BYTES_MAX } from "./limits.ts";

/** The way back of the packet just received. One object serves all packets. */
export class WayBack {
  readonly #bytes = new Uint8Array(LABELS_BYTES_MAX);
  readonly #views: (Uint8Array | undefined)[] = [];
  readonly #path: { firstHop: PeerId; labels: Uint8Array } = {
    firstHop: "",
    labels: this.#bytes,
  };

  /**
   * Lent until the next call. Undefined where not every hop was recorded, or what is recorded
   * cannot be a way.
   */
  of(from: PeerId, header: Uint8Array, ext: Extension): Path | undefined {
    if (!ext.has(EXT_RECORD) || ext.has(EXT_TURNED)) return undefined;
    if (!reverseLabels(this.#bytes, header, ext.behindAt, ext.behindBytes)) return undefined;
    this.#path.firstHop = from;
    this.#path.labels = this.#view(ext.behindBytes);
    return this.#path;
  }

  #view(length: number): Uint8Array {
    const known = this.#views[length];
    if (known !== undefined) return known;
    const view = this.#bytes.subarray(0, length);
    this.#views[length] = view;
    return view;
  }
}
