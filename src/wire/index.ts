export { decodeCbor } from "./cbor.ts";
export { CborArrayReader, CborArrayWriter } from "./cbor-array.ts";
export { type CborValue, encodeCbor, encodeLentCbor } from "./cbor-encode.ts";
export { WireError } from "./errors.ts";
export * as limits from "./limits.ts";
export { Reader } from "./reader.ts";
export * as schema from "./schema.ts";
export { varintBytes, Writer } from "./writer.ts";
