/** Interface of the using side. */
export const USER_INTERFACE = "peernet-exit";
/** Interface of the sharing side. */
export const SHARE_INTERFACE = "peernet-share";
/** Mark of the sockets that links run over ("peer" in ASCII): they go by the machine's own line. */
export const LINK_MARK = 0x70656572;
/** The routing table of the using side ("pe"). */
export const TABLE = 28_773;
/** Preferences of its rules: the first and the last. */
export const RULE_FIRST = 5_100;
/** The last. */
export const RULE_LAST = 5_103;
/** Table of packet filters of the using side. */
export const USER_FILTER = "peernet_exit";
/** Table of packet filters of the sharing side. */
export const SHARE_FILTER = "peernet_share";
