export { isPreferred, loadChannel } from "./channel.ts";
export { RatchetError } from "./errors.ts";
export { acceptChannel, beginChannel, isFirstFrameFor, readFrameHead } from "./first-contact.ts";
export * as ratchetLimits from "./limits.ts";
export { packText, plainText, unpackText } from "./packing.ts";
export {
  BUNDLE_BYTES,
  decodePrekey,
  encodePrekey,
  HYBRID_BUNDLE_BYTES,
  makeHybridPrekey,
  makePrekey,
  readBundle,
  writeBundle,
} from "./prekeys.ts";
export {
  loadReceivedKey,
  loadSenderKey,
  makeSenderKey,
  takeSenderKey,
} from "./sender-keys.ts";
export { makeTagBook } from "./tag-book.ts";
export type * from "./types.ts";
