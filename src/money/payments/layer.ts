import { NO_BYTES } from "../../base/bytes.ts";
import { PROOF_BYTES, SELECTOR_BYTES } from "./invoice.ts";
import { LAYER_PAYLOAD_BYTES } from "./limits.ts";

/** FORWARD_BLINDED: the next one sees another key. Payers of before wrote that, and locks on disk may hold it. */
const [FORWARD_BLINDED, FINAL, FORWARD] = [0, 1, 2] as const;
const TAG_BYTES: number = LAYER_PAYLOAD_BYTES - 1 - SELECTOR_BYTES;
const NO_TAG = new Uint8Array(TAG_BYTES);

/** What one layer of a payment's onion says. */
export type Layer =
  | {
      readonly t: "forward";
      readonly next: Uint8Array;
      readonly rate: Uint8Array;
      /** Whether the next one sees another key than we did. */
      readonly isBlinded: boolean;
    }
  | { readonly t: "final"; readonly proof: Uint8Array };

/** The payload of an onion's layer. @param rate the tag of a quote where currencies are exchanged */
export function forwardPayload(next: Uint8Array, rate: Uint8Array = NO_TAG): Uint8Array {
  return payloadOf(FORWARD, next, rate);
}

/** The payload of the payee's layer. */
export function finalPayload(proof: Uint8Array): Uint8Array {
  return payloadOf(FINAL, proof, NO_BYTES);
}

function payloadOf(kind: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  const payload = new Uint8Array(1 + first.length + second.length);
  payload[0] = kind;
  payload.set(first, 1);
  payload.set(second, 1 + first.length);
  return payload;
}

/** What a payload says, or undefined where it is of a kind that is not known here. */
export function readPayload(payload: Uint8Array): Layer | undefined {
  if (payload[0] === FINAL) return { t: "final", proof: payload.subarray(1, 1 + PROOF_BYTES) };
  const isBlinded = payload[0] === FORWARD_BLINDED;
  if (!isBlinded && payload[0] !== FORWARD) return undefined;
  const next = payload.subarray(1, 1 + SELECTOR_BYTES);
  return { t: "forward", next, rate: payload.subarray(1 + SELECTOR_BYTES), isBlinded };
}
