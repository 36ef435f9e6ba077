/** Access rules that are kept. */
export const RULES_MAX = 512;
/** Local ports and services that are served to others at a time. */
export const SERVED_MAX = 64;
/** People and groups that one served port is for. */
export const SERVED_TO_MAX = 32;
/** Local ports forwarded to other peers at a time. */
export const FORWARDS_MAX = 64;
/** Changes of settings that wait for the disk. */
export const CHANGES_WAITING_MAX = 64;
/** Bytes of a name of a service or a group (ASCII letters, digits and hyphens). */
export const LABEL_BYTES_MAX = 32;
/** Bytes of a host name (RFC 1035 section 2.3.4). */
export const HOST_BYTES_MAX = 253;
/** Bytes of the first frame of a tunnel, its length field not counted. */
export const OPENING_BYTES_MAX = 260;
/** Connections through this peer at a time, in both directions together. */
export const CONNECTIONS_MAX = 1_024;
/** Connections that one other peer may have open here. */
export const CONNECTIONS_PER_PEER_MAX = 128;
/** How long a program or a peer may take to say what it wants, in milliseconds. */
export const OPENING_TIMEOUT_MS = 10_000;
/** How long an opened tunnel may stay unanswered, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 25_000;
/** Pause before a break that waits for the answer to arrive is tried again, in milliseconds. */
export const BREAK_RETRY_MS = 20;
/** How long a refused connection may take to go away by itself, in milliseconds. */
export const REFUSED_LINGER_MS = 5_000;
/** Bytes of the head of an HTTP CONNECT request. */
export const HTTP_HEAD_BYTES_MAX = 8_192;
/** Bytes that a program may send behind its request, before the tunnel is open. */
export const EARLY_BYTES_MAX = 65_536;
/** Programs that are still telling the proxy what they want, at a time. */
export const GREETINGS_MAX = 256;
/** Refused connections that are remembered for people. */
export const REFUSALS_SHOWN_MAX = 16;
/** Longest measurement of speed in one direction, in milliseconds. */
export const SPEED_MS_MAX = 10_000;
/** Measurements of others that are served at a time. */
export const SPEED_SERVED_MAX = 2;
/** How long the other side of a measurement may stay silent, in milliseconds. */
export const SPEED_GRACE_MS = 10_000;
/** Bytes that a measurement writes at a time. */
export const SPEED_CHUNK_BYTES = 65_536;
/** Content bytes in one chunk of a connection over an uplink. */
export const CHUNK_BYTES_MAX = 65_535;
/** People and groups that this peer shares its uplink with. */
export const SHARES_MAX = 64;
/** Ranges of local addresses that one share opens besides the internet. */
export const SHARE_RANGES_MAX = 16;
/** Bytes that may be ahead of a share's rate, as time at that rate, in milliseconds. */
export const PACE_AHEAD_MS = 50;
/** How often counters of uplinks go to the disk while they change, in milliseconds. */
export const METER_SAVE_MS = 5_000;
/** Peers with which readings of uplinks are kept, as exit and as user each. */
export const METER_PEERS_MAX = 1_024;
/** How often both sides agree on a reading while bytes pass, in milliseconds. */
export const READING_INTERVAL_MS = 30_000;
/** How soon after the last connection they do, in milliseconds. */
export const READING_IDLE_MS = 250;
/** Bytes of a frame of the meter service, its length field not counted. */
export const METER_FRAME_BYTES_MAX = 1_024;
/** How long a side of an exchange of readings waits for the other, in milliseconds. */
export const READING_TIMEOUT_MS = 10_000;
/** Exchanges of readings that others have open here at a time. */
export const READINGS_SERVED_MAX = 64;
/** Bytes of one connection that may have been sent and not have arrived when it broke. */
export const IN_FLIGHT_BYTES_MAX: number = 4 << 20;
/** How long after a full tunnel was refused or broke it is asked for again, in milliseconds. */
export const FULL_TUNNEL_RETRY_MS = 3_000;
/** Bytes of a frame of a full tunnel's stream, its length field not counted. */
export const FULL_TUNNEL_FRAME_BYTES_MAX = 64;
/** Of the bytes sent in packets since the last reading, the part that may have been lost. */
export const PACKETS_LOST_SHARE = 0.25;
