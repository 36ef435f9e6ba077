import { fromBase32 } from "../../base/base32.ts";
import { byteName, NO_BYTES, toHex } from "../../base/bytes.ts";
import type { LineDesk, LineId, LineView } from "../line-desk.ts";
import { SELECTOR_BYTES } from "./invoice.ts";

/** One lock on one line, as a key of maps. */
export function lockKey(line: LineId, lockId: Uint8Array): string {
  return `${line}/${toHex(lockId)}`;
}

/** How a line is named in onions. */
export function selectorOf(line: LineId): Uint8Array {
  return (fromBase32(line) ?? NO_BYTES).subarray(0, SELECTOR_BYTES);
}

/** Finds lines by what onions call them. */
export class Selectors {
  readonly #desk: LineDesk;
  readonly #lines = new Map<string, LineId>();

  constructor(desk: LineDesk) {
    this.#desk = desk;
  }

  /** The line as it is now, or undefined where there is none of that name. */
  find(selector: Uint8Array): LineView | undefined {
    const name = byteName(selector);
    const known = this.#lines.get(name);
    if (known !== undefined) return this.#desk.line(known);
    for (const view of this.#desk.lines()) {
      if (byteName(selectorOf(view.id)) !== name) continue;
      this.#lines.set(name, view.id);
      return view;
    }
    return undefined;
  }
}
