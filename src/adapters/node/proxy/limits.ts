/** Programs connected to one forwarded port or to the proxy at a time. */
export const PROGRAMS_MAX = 512;
/** How long connecting to one address may take, in milliseconds. */
export const DIAL_MS = 6_000;
/** Addresses of one host that are tried. */
export const ADDRESSES_TRIED_MAX = 4;
/** Names being looked up for others at a time. */
export const LOOKUPS_MAX = 64;
/** Silence after which the operating system asks whether the other side still lives, in milliseconds. */
export const KEEPALIVE_MS = 30_000;
/** How long open connections may take to go away when the peer stops, in milliseconds. */
export const CLOSE_MS = 1_000;
