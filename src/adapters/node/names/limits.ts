/** Bytes of a file of host names that is edited; lists against advertising have some megabytes. */
export const HOSTS_FILE_BYTES_MAX = 33_554_432;
/** How often the list of names is compared with what the peer knows, in milliseconds. */
export const NAMES_REFRESH_MS = 30_000;
/** How long this machine may take to look up a name while that is tried, in milliseconds. */
export const NAMES_TRIAL_MS = 5_000;
/** How often the DNS server's address is tried: the system takes a moment to trust a new one. */
export const NAMES_LISTEN_TRIES = 50;
/** The time between these, in milliseconds. */
export const NAMES_LISTEN_GAP_MS = 100;
/** How long the program that sets up systemd-resolved may take, in milliseconds. */
export const RESOLVECTL_MS = 5_000;
