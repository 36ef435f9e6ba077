import { byteName } from "../../base/bytes.ts";
import type { LineId } from "../line-desk.ts";
import { LockMap } from "./lock-map.ts";
import type { OwnPart } from "./payer-types.ts";

/** What of a part changes while it is under way. */
export type PartChange = Partial<Pick<OwnPart, "amount" | "delivers" | "state">>;

/** Parts of all payments of ours under way, with what is asked for or reserved and not locked yet on each line. */
export class OwnParts {
  readonly #parts = new LockMap<OwnPart>();
  readonly #waiting = new Map<LineId, number>();

  get(line: LineId, lockId: Uint8Array): OwnPart | undefined {
    return this.#parts.get(line, byteName(lockId));
  }

  has(part: OwnPart): boolean {
    return this.get(part.line, part.lockId) === part;
  }

  /** All on one line. */
  on(line: LineId): Iterable<OwnPart> {
    return this.#parts.on(line);
  }

  /** What parts have reserved on a line, or ask for. */
  waitingOn(line: LineId): number {
    return this.#waiting.get(line) ?? 0;
  }

  add(part: OwnPart): void {
    this.#parts.set(part.line, byteName(part.lockId), part);
    this.#count(part, 1);
  }

  delete(part: OwnPart): void {
    if (!this.has(part)) return;
    this.#parts.delete(part.line, byteName(part.lockId));
    this.#count(part, -1);
  }

  /** Whoever changes a part does it here, whether it is still among these or not. */
  change(part: OwnPart, change: PartChange): void {
    const isHere = this.has(part);
    if (isHere) this.#count(part, -1);
    Object.assign(part, change);
    if (isHere) this.#count(part, 1);
  }

  #count({ amount, line, state }: OwnPart, sign: 1 | -1): void {
    if (state !== "reserving" && state !== "reserved") return;
    const sum = this.waitingOn(line) + sign * amount;
    if (sum === 0) this.#waiting.delete(line);
    else this.#waiting.set(line, sum);
  }
}
