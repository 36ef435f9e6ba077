/** Payloads of routing's own services begin with a byte of this upper half. */
export const SERVICE_NIBBLE = 0x3;
/** "Echo this": an 8-byte cookie. */
export const SERVICE_ECHO_REQUEST = 0x30;
/** The cookie, then the labels from there back to here. */
export const SERVICE_ECHO_ANSWER = 0x31;
/** Bytes of a cookie that ties an answer to its question. */
export const COOKIE_BYTES = 8;

/** Whether a payload is one of routing's own services. */
export function isService(payload: Uint8Array): boolean {
  return (payload[0] ?? 0) >> 4 === SERVICE_NIBBLE;
}
