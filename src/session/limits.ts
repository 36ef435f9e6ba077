/** Streams that either side may have open in one session. */
export const OPEN_STREAMS_MAX = 256;
/** Sessions of one peer with all others together. */
export const SESSIONS_MAX = 16_384;
/** Confirmed sessions with one and the same peer; the oldest gives way. */
export const SESSIONS_PER_PEER_MAX = 4;
/** Sessions that another peer began and has not confirmed yet. */
export const UNCONFIRMED_SESSIONS_MAX = 64;
/** How long an unconfirmed session is kept, in milliseconds. */
export const UNCONFIRMED_MS = 10_000;
/** Handshakes that this peer may have under way. */
export const HANDSHAKES_MAX = 256;
/** Peers to whom a stream was lost and who have not answered since. */
export const LOST_PEERS_MAX = 4_096;
/** Peers for which something waits or lives. */
export const PEERS_MAX = 16_384;
/** Streams waiting for a session with one peer. */
export const WAITING_STREAMS_MAX = 256;
/** Streams waiting for sessions with all peers together. */
export const WAITING_STREAMS_TOTAL_MAX = 4_096;
/** How long a stream or datagram waits for a session, in milliseconds. */
export const WAITING_MS = 10_000;

/** Bytes of one stream that may be in flight or unread (RFC 9000 section 4). */
export const STREAM_WINDOW_BYTES: number = 1 << 20;
/** Bytes of all streams of a session that may be in flight or unread. */
export const SESSION_WINDOW_BYTES: number = 4 << 20;
/** Bytes that came out of order, of all sessions together: a session may hold as much as is free. */
export const HELD_BYTES_MAX: number = 64 << 20;
/** Unsent bytes above which `write` answers false. */
export const UNSENT_BYTES_HIGH: number = 512 << 10;
/** Unsent bytes below which `onDrain` follows. */
export const UNSENT_BYTES_LOW: number = 256 << 10;
/** Unsent bytes of a stream at which `write` throws: the caller ignores its false answers. */
export const UNSENT_BYTES_MAX: number = 64 << 20;
/** Gaps in the received bytes of one stream; a peer that makes more is cut off. */
export const STREAM_GAPS_MAX = 8_192;
/** Datagrams queued for sending in one session. */
export const DATAGRAM_QUEUE_MAX = 1_024;
/** Bytes of queued datagrams in one session: what a fast path takes in 10 ms. */
export const DATAGRAM_QUEUE_BYTES_MAX: number = 4 << 20;
/** Datagrams that wait for a session with one peer. */
export const DATAGRAMS_WAITING_MAX = 256;
/** Bytes of datagrams that wait for a session with one peer. */
export const DATAGRAMS_WAITING_BYTES_MAX: number = 1 << 20;
/** Datagrams of one flow queued for sending: where more come, their sender should wait. */
export const DATAGRAM_FLOW_MAX = 256;
/** Flows of a session that have a queue of their own; more share them. */
export const DATAGRAM_FLOWS_MAX = 64;
/** Bytes that a flow may send before others have their turn. */
export const DATAGRAM_QUANTUM_BYTES = 4_096;
/** Bytes in pieces of memory of each size that all sessions keep for their next datagrams. */
export const DATAGRAM_SPARE_BYTES_MAX: number = 1 << 20;
/** Wait in a queue above which it is held for standing, in milliseconds (RFC 8289 section 4.2). */
export const CODEL_TARGET_MS = 5;
/** How long it has to stand before something is dropped, in milliseconds (RFC 8289 section 4.3). */
export const CODEL_INTERVAL_MS = 100;
/** Bytes of a service name (UTF-8). */
export const SERVICE_BYTES_MAX = 64;
/** Services that may be registered, of streams and of datagrams each. */
export const SERVICES_MAX = 1_024;

/** Largest packet of this room, in bytes; what routing adds fits a mesh frame beside it, and 54 UDP datagrams of 1,200 bytes fit it. */
export const PACKET_BYTES_MAX = 64_950;
/** Smallest packet size that sessions work with; routing must carry it, if need be in fragments. */
export const PACKET_BYTES_MIN = 128;
/** Packets that arrive in a row before larger ones are tried. */
export const PACKET_GROWTH_CALM = 16;
/** Share of packets lost above which they become smaller. */
export const PACKET_LOSS_SHARE_MAX = 0.06;
/** Share of packets lost below which they may become larger. */
export const PACKET_LOSS_SHARE_MIN = 0.01;
/**
 * Time that one packet may take at the pace of its path, in milliseconds: others wait behind it, and a burst of many
 * pieces fills short queues on the way, to the loss of everybody (Linux bounds what it segments by the same time).
 */
export const PACKET_SENDING_MS = 1;
/** Packets that a window holds at least. */
export const PACKETS_PER_WINDOW = 8;
/** Packets that may be sent in one session; then a new one must take over. */
export const PACKETS_PER_SESSION_MAX: number = 2 ** 40;
/** Packets before `PACKETS_PER_SESSION_MAX` at which the next handshake begins. */
export const PACKETS_PER_SESSION_MARGIN: number = 2 ** 24;
/** Packets sent under one key after which both sides take the next one. */
export const KEY_UPDATE_PACKETS: number = 2 ** 22;
/** Packets of up to 64 KiB that AES-256-GCM may seal under one key (RFC 9001 appendix B.1.1). */
export const PACKETS_PER_AES_KEY_MAX: number = 2 ** 23;
/** Packets before that at which a new session is sought, the next key not having come. */
export const PACKETS_PER_AES_KEY_MARGIN: number = 2 ** 20;
/** Packets that did not open after which a session ends: keys must not be guessed at for ever. */
export const FORGED_PACKETS_MAX: number = 2 ** 34;
/** Probe timeouts for which the key before is kept, and until the next update may begin. */
export const KEY_REST_PROBE_TIMEOUTS = 3;
/** How far below the highest packet number a late packet is still taken. */
export const REPLAY_WINDOW_PACKETS = 4_096;
/** Ranges that a receiver remembers and an ACK frame may carry. */
export const ACK_RANGES_MAX = 64;
/** Ranges in ACKs above which a receiver asks for an acknowledgement of its own. */
export const ACK_RANGES_PRUNE = 8;
/** Packets that one flush may send; the rest follows at the next tick. */
export const BURST_PACKETS_MAX = 64;
/** Bytes that one flush may send. */
export const BURST_BYTES_MAX: number = 256 << 10;
/** Packets that wait because they came in while another was being handled. */
export const INBOX_PACKETS_MAX = 1_024;

/** Silence after which a session is dropped, in milliseconds. */
export const IDLE_MS = 120_000;
/** How long before that no new streams go into the session any more, in milliseconds. */
export const IDLE_MARGIN_MS = 15_000;
/** Silence after which a session with open streams asks for a sign of life, in milliseconds. */
export const KEEPALIVE_MS = 25_000;
/** Silence after which news from routing makes a session probe at once, in milliseconds. */
export const REPROBE_MS = 1_000;
/** Longest delay of an acknowledgement, in milliseconds. */
export const ACK_DELAY_MAX_MS = 20;
/** Queueing on the way, made by our own packets, above which a window shrinks, in milliseconds. */
export const QUEUE_DELAY_MS = 50;
/** Round trip assumed before the first measurement, in milliseconds (RFC 9002 section 6.2.2). */
export const INITIAL_RTT_MS = 333;
/** First wait for an answer to a handshake, in milliseconds. */
export const HANDSHAKE_RETRY_MS = 300;
/** Growth of that wait from one attempt to the next. */
export const HANDSHAKE_BACKOFF = 1.6;
/** First messages sent before a handshake is given up (about 4.7 s in all). */
export const HANDSHAKE_ATTEMPTS = 5;
/** Sealed bytes that may come along with a first message: a ticket, frames, a tag. */
export const EARLY_SEALED_BYTES_MAX = 1_232;
/** Peers of which a ticket for early data is held, and peers that hold one of ours. */
export const TICKETS_MAX = 1_024;
/** Ways by which one first message is tried where a neighbour is gone. */
export const HELLO_TRIES = 4;
/** Shortest and longest pause between two handshakes with one peer, in milliseconds. */
export const HANDSHAKE_PAUSE_MIN_MS = 500;
/** Longest pause between two handshakes with one peer, in milliseconds. */
export const HANDSHAKE_PAUSE_MAX_MS = 30_000;
/** Shortest time of unanswered probes before a new handshake starts in parallel, in milliseconds. */
export const SUSPECT_MS = 1_500;
/** First messages whose Diffie-Hellman work is done per second, on average. */
export const ACCEPTS_PER_SECOND = 100;
/** First messages whose Diffie-Hellman work is done in one burst. */
export const ACCEPTS_BURST = 128;
/** Reset hints sent per second, on average. */
export const HINTS_PER_SECOND = 20;
/** Reset hints sent in one burst. */
export const HINTS_BURST = 32;
