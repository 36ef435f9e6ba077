import { equalBytes, fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";

/** Bytes of every public key, secret seed and shared secret here. */
export const KEY_BYTES = 32;
/** Bytes of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;

/**
 * Whether an Ed25519 public key must be refused whatever the signature: wrong size, a coordinate
 * that is not reduced, or a point of small order, under which one signature fits many messages.
 * Libraries disagree about such keys (eprint 2020/1244), so both suites ask here first.
 */
export function isUnusableSignKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES) return true;
  const y = withoutTopBit(publicKey);
  return isAtLeastP(y) || ED25519_SMALL_ORDER_Y.some((bad) => equalBytes(bad, y));
}

/**
 * Whether an X25519 public key is of low order, so that every shared secret with it is zero
 * (RFC 7748 section 6.1), or has the wrong size.
 */
export function isLowOrderDhKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES) return true;
  const u = withoutTopBit(publicKey);
  return X25519_LOW_ORDER_U.some((bad) => equalBytes(bad, u));
}

/** Whether every byte is zero, without a branch on any of them. */
export function isAllZero(bytes: Uint8Array): boolean {
  let any = 0;
  for (const byte of bytes) any |= byte;
  return any === 0;
}

function withoutTopBit(key: Uint8Array): Uint8Array {
  const copy = new Uint8Array(key);
  copy[KEY_BYTES - 1] = (copy[KEY_BYTES - 1] ?? 0) & 0x7f;
  return copy;
}

/** Whether a little-endian number below 2^255 is at least p = 2^255 - 19. */
function isAtLeastP(number: Uint8Array): boolean {
  if ((number[0] ?? 0) < 0xed || number[KEY_BYTES - 1] !== 0x7f) return false;
  for (let i = 1; i < KEY_BYTES - 1; i++) if (number[i] !== 0xff) return false;
  return true;
}

function key(hex: string): Uint8Array {
  return must(fromHex(hex), "a constant is no hexadecimal text");
}

/** y of the points of order 1, 2, 4 and 8. */
const ED25519_SMALL_ORDER_Y: readonly Uint8Array[] = [
  key("0100000000000000000000000000000000000000000000000000000000000000"),
  key("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  key("0000000000000000000000000000000000000000000000000000000000000000"),
  key("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
  key("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
];

/** u of the points of order 1, 2, 4 and 8 on the curve and its twist, reduced and not. */
const X25519_LOW_ORDER_U: readonly Uint8Array[] = [
  key("0000000000000000000000000000000000000000000000000000000000000000"),
  key("0100000000000000000000000000000000000000000000000000000000000000"),
  key("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
  key("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
  key("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  key("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  key("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
];
