/** Operations in the device log of one person. */
export const LOG_OPS_MAX = 512;
/** Of these, only for the person's own key and for revocations by devices that it added. */
export const LOG_OPS_RESERVED = 128;
/** Operations that one device signs in its life. */
export const OPS_PER_DEVICE_MAX = 64;
/** Bytes of an operation with its signature. */
export const OP_BYTES_MAX = 1_024;
/** Operations that one names as coming right before it. */
export const OP_PARENTS_MAX = 16;
/** Friends who are named as having brought a device back. */
export const VOUCHERS_NAMED_MAX = 16;
