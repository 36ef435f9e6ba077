/** Largest IPv6 packet: 40 bytes of header and what its 16-bit payload length can say. */
export const PACKET_BYTES_MAX = 65_575;
/** Extension headers that one packet may carry before its transport header. */
export const EXTENSION_HEADERS_MAX = 4;
/** TCP segments that one super-packet may stand for. */
export const SUPER_SEGMENTS_MAX = 128;

/** UDP datagrams that are written to the interface as one packet (Linux takes apart as many). */
export const JOINED_DATAGRAMS_MAX = 64;
/** Datagrams written to the interface before programs are let read: their sockets have room for about 90 of 1,200 bytes. */
export const DATAGRAMS_UNREAD_MAX = 32;
/** Largest payload of one of them: larger ones are few anyway. */
export const JOINED_PAYLOAD_BYTES_MAX = 8_192;

/** Connections and exchanges that the firewall remembers. */
export const FLOWS_MAX = 8_192;
/** Flows with one peer from which on it may begin no further ones. */
export const FLOWS_PER_PEER_MAX = 1_024;
/** Peers that the firewall has a place for. */
export const FLOW_PEERS_MAX = 2_048;
/** Remembered flows looked at to find the one that gives way when the table is full. */
export const FLOW_LOOKS_MAX = 64;
/** Least time between two searches of the whole table for flows that are over, in milliseconds. */
export const FLOW_SWEEP_MS = 1_000;
/** Silence after which an open TCP connection is forgotten, in milliseconds (RFC 5382: 2 h 4 min). */
export const TCP_IDLE_MS: number = 124 * 60_000;
/** The same while it opens or closes, in milliseconds. */
export const TCP_BRIEF_IDLE_MS = 120_000;
/** Silence after which a UDP exchange is forgotten, in milliseconds. */
export const UDP_IDLE_MS = 180_000;
/** How long an answer to an echo request may take, in milliseconds. */
export const ECHO_IDLE_MS = 30_000;
/** Packets in IPv6 fragments whose later parts are let through at one time. */
export const FRAGMENTED_MAX = 64;
/** How long after its first part, in milliseconds. */
export const FRAGMENTED_MS = 30_000;

/** How long nothing is read for the sake of one flow that was refused, in milliseconds. */
export const HOLD_MS = 5;

/** Datagrams that one packet may be cut into. */
export const PIECES_MAX = 64;
/** TCP segments that travel in the pieces of one frame: a lost piece costs them all. */
export const PIECED_SEGMENTS_MAX = 4;
/** Packets in pieces that are being put together. */
export const REASSEMBLIES_MAX = 32;
/** Of those, how many from one peer; its oldest gives way. */
export const REASSEMBLIES_PER_PEER_MAX = 4;
/** How long the pieces of a packet are waited for, in milliseconds. */
export const REASSEMBLY_MS = 2_000;

/** ICMP errors sent per second, on average. */
export const ICMP_ERRORS_PER_SECOND = 100;
/** ICMP errors sent in one burst. */
export const ICMP_ERRORS_BURST = 50;
/** Bytes of an ICMP error, with what it quotes: the least MTU of IPv6. */
export const ICMP_ERROR_BYTES_MAX = 1_280;
