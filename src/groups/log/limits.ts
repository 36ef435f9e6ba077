/** Bytes of one signed operation. */
export const OP_BYTES_MAX = 32_768;
/** Operations that one group's log holds; a log that is full takes no more. */
export const OPS_MAX = 65_536;
/**
 * Operations in one log that do not count: with more, only admins, heirs and joins by open invites
 * are heard, or anybody who once belonged to the group could fill the log for good.
 */
export const VOID_OPS_MAX = 16_384;
/** Operations of one device in one log, forked ones included. */
export const OPS_PER_DEVICE_MAX = 8_192;
/** Operations that one operation names as seen right before it. */
export const DEPS_MAX = 32;
/** People whom one operation adds or removes. */
export const TARGETS_MAX = 512;
/** Active members of a group; who would be one more is shown as not fitting. */
export const MEMBERS_MAX = 2_048;
/** Owners of a group. */
export const OWNERS_MAX = 9;
/** Heirs that owners name. */
export const HEIRS_MAX = 9;
/** Bytes of what a member is called in the group, in UTF-8. */
export const LABEL_BYTES_MAX = 32;
/** Bytes of a group's title, in UTF-8. */
export const TITLE_BYTES_MAX = 64;
/** Bytes of a policy's value, in UTF-8. */
export const POLICY_BYTES_MAX = 1_024;
/** Bytes of a name that the group gives, letters a-z, digits and hyphens. */
export const NAME_BYTES_MAX = 32;
/** Names that a group gives; later claims than these are not shown. */
export const NAMES_MAX = 1_024;
/** People whom one invite lets in. */
export const INVITE_USES_MAX = 1_024;
/** Sets of ancestors that are kept at a time; the oldest is computed anew when needed. */
export const PASTS_MAX = 4_096;
