/** Bytes of a DNS query that is looked at (RFC 1035 section 4.2.1). */
export const QUERY_BYTES_MAX = 512;
/** Bytes of one label of a name (RFC 1035 section 2.3.4). */
export const LABEL_BYTES_MAX = 63;
/** Bytes of a whole name as it travels, lengths and the closing zero included. */
export const NAME_BYTES_MAX = 255;
/** Names of contacts that are listed for the system; no list of contacts is longer. */
export const NAMES_LISTED_MAX = 4_096;
