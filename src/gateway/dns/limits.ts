/** Bytes of a DNS query that is looked at (RFC 1035 section 4.2.1). */
export const QUERY_BYTES_MAX = 512;
/** Bytes of one label of a name (RFC 1035 section 2.3.4). */
export const LABEL_BYTES_MAX = 63;
/** Bytes of a whole name as it travels, lengths and the closing zero included. */
export const NAME_BYTES_MAX = 255;
/** Devices that a text record names; the nearest ones. With all else at its limit it fits a plain answer. */
export const TEXT_DEVICES_MAX = 3;
/** Names of contacts that are listed for the system; contacts, those whom they introduced, and members of groups. */
export const NAMES_LISTED_MAX = 32_768;
