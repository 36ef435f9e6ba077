import { attempt } from "../../base/attempt.ts";
import { isLowOrderDhKey } from "../../crypto/index.ts";
import { Reader, Writer } from "../../wire/index.ts";
import { isAmount } from "../amount.ts";
import { CIRCLE_LINES_MAX } from "./limits.ts";

/** First byte of what partners tell each other to find a circle of debts. */
const LOOK = 0x78;
const ID_BYTES = 16;
const KEY_BYTES = 32;
const SELECTOR_BYTES = 6;

/** One of those between whoever looks and the one who gets this. */
export interface LookNode {
  /** Their X25519 public key. */
  readonly dhKey: Uint8Array;
  /** How onions call the line by which it left them. */
  readonly selector: Uint8Array;
}

/** "Who owes you at least a part of this? Ask them the same": who asks knows it again when it comes back. */
export interface Look {
  /** Known to whoever began, and to nobody else. */
  readonly id: Uint8Array;
  /** What all lines so far could have cleared. */
  readonly amount: number;
  readonly path: readonly LookNode[];
}

/** Whether something told is for this room. */
export function isLook(bytes: Uint8Array): boolean {
  return bytes[0] === LOOK;
}

/** Bytes of a look. */
export function encodeLook({ amount, id, path }: Look): Uint8Array {
  const writer = new Writer(32 + path.length * (KEY_BYTES + SELECTOR_BYTES));
  writer.u8(LOOK).bytes(id).varint(amount).u8(path.length);
  for (const { dhKey, selector } of path) writer.bytes(dhKey).bytes(selector);
  return writer.done();
}

/** The look, or undefined where the bytes are none. */
export function decodeLook(bytes: Uint8Array): Look | undefined {
  return attempt(() => {
    const reader = new Reader(bytes);
    if (reader.u8() !== LOOK) return undefined;
    const id = reader.bytes(ID_BYTES).slice();
    const amount = reader.varint();
    const count = reader.u8();
    // The one who began is not in it, and so is not its own line.
    if (!isAmount(amount) || count > CIRCLE_LINES_MAX - 1) return undefined;
    const path = Array.from({ length: count }, () => ({
      dhKey: reader.bytes(KEY_BYTES).slice(),
      selector: reader.bytes(SELECTOR_BYTES).slice(),
    }));
    reader.end();
    // No onion can be wrapped for such a key.
    if (path.some(({ dhKey }) => isLowOrderDhKey(dhKey))) return undefined;
    return { id, amount, path };
  }).value;
}
