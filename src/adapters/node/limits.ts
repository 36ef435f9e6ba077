/** UDP port that beacons are sent to on every local network. */
export const MULTICAST_PORT = 47_117;
/** IPv4 group of the beacons (administratively scoped, RFC 2365). */
export const MULTICAST_GROUP_4 = "239.255.71.17";
/** IPv6 group of the beacons (link-local scope, RFC 4291 section 2.7). */
export const MULTICAST_GROUP_6 = "ff02::7117";
/** Largest frame over UDP, in bytes: what IPv6 carries in one datagram. */
export const UDP_FRAME_BYTES_MAX = 65_487;
/** Headers of IPv6 and UDP; those of IPv4 are smaller, and frames have one size over both. */
export const UDP_HEADERS_BYTES = 48;
/** Bytes that may wait in the kernel queue of one UDP socket before frames are dropped. */
export const UDP_QUEUE_BYTES_MAX: number = 1 << 20;
/** Bytes asked for as the kernel's receive buffer of a UDP socket. */
export const UDP_RECEIVE_BUFFER_BYTES: number = 1 << 21;
/** Bytes of frames that are gathered before they leave in one system call. */
export const UDP_BATCH_BYTES = 131_072;
/** Messages that are gathered before they leave in one system call, each of many frames. */
export const UDP_BATCH_MESSAGES = 64;
/** Frames that the system cuts one message into (UDP_MAX_SEGMENTS of Linux before 6.9). */
export const UDP_SEGMENTS_MAX = 64;
/**
 * Bytes of a message that the system cuts into frames. With headers of Ethernet, IPv6 and UDP it has to stay below 64 KiB: newer
 * Linux cuts what is larger before it gives it to an interface, and every frame of it would travel by itself.
 */
export const UDP_SEGMENTED_BYTES_MAX = 65_473;
/** Messages read with one system call, each of many frames. */
export const UDP_DRAIN_MESSAGES = 16;
/** Sockets that are read in one turn. */
export const UDP_DRAIN_SOCKETS = 64;
/** Frames read in one turn, shared by the sockets that have some; each reads one batch at least. */
export const UDP_TURN_FRAMES = 512;
/** Connected UDP sockets, one per linked endpoint; further links use the main socket. */
export const UDP_LINES_MAX = 256;
/** How long a connected UDP socket that is given up is still read. */
export const UDP_LINE_DRAIN_MS = 100;
/** How long a UDP endpoint beyond the local networks may be silent: most NATs forget after 30 s. */
export const NAT_QUIET_MS = 25_000;
/** Least time between two looks at the interfaces that were asked for, in milliseconds. */
export const INTERFACE_LOOK_GAP_MS = 5;
/** How many looks may follow each other so closely while nothing changes … */
export const INTERFACE_LOOKS_CLOSE = 8;
/** … and the wait between further ones, in milliseconds: each takes a third of one. */
export const INTERFACE_LOOK_GAP_CALM_MS = 80;
/** Parsed endpoints that a transport remembers; the table starts over when it is full. */
export const ENDPOINT_CACHE_MAX = 4_096;
/** How often the list of network interfaces is looked at, in milliseconds. */
export const INTERFACE_POLL_MS = 1_000;
/** How often it is looked at in the first moments, in milliseconds. */
export const INTERFACE_EARLY_POLL_MS = 100;
/** How many looks those first moments take. */
export const INTERFACE_EARLY_LOOKS = 50;
/** Interfaces that beacons go out on; further ones are left out. */
export const INTERFACES_MAX = 32;
/** How often a common port number for IPv4 and IPv6 is sought. */
export const PORT_PAIR_ATTEMPTS_MAX = 8;

/** Largest frame on a stream: what its 16-bit length prefix can say. */
export const TCP_FRAME_BYTES_MAX = 65_535;
/** Bytes that may wait to be written on one stream connection. */
export const TCP_QUEUE_BYTES_MAX: number = 1 << 20;
/** First size of the buffer in which a frame that came in pieces is put together. */
export const TCP_ASSEMBLY_BYTES_MIN = 4_096;
/** Stream connections at one time, dialled and accepted together. */
export const TCP_CONNECTIONS_MAX = 1_024;
/** Accepted connections from one remote address. */
export const TCP_ACCEPTED_PER_ADDRESS_MAX = 64;
/** How long dialling may take, name lookup included, in milliseconds. */
export const TCP_DIAL_TIMEOUT_MS = 10_000;
/** How long an accepted connection may stay without its first whole frame, in milliseconds. */
export const TCP_FIRST_FRAME_TIMEOUT_MS = 10_000;
/** How long a frame that has begun may take to arrive, in milliseconds. */
export const TCP_PARTIAL_FRAME_TIMEOUT_MS = 30_000;
/** Silence after which the operating system asks whether the other side still lives. */
export const TCP_KEEPALIVE_MS = 30_000;
/** How long a connection that we end may flush what waits, in milliseconds. */
export const TCP_CLOSE_TIMEOUT_MS = 2_000;
/** Size of the memory that is gathered and written with one call, in bytes. */
export const WRITE_CHUNK_BYTES: number = 1 << 17;
/** Such chunks that a socket may hold until it has written them; what comes then is copied. */
export const WRITE_CHUNKS_MAX = 4;
/** Such chunks that all sockets together may hold; what comes then is copied as well. */
export const WRITE_CHUNKS_LENT_MAX = 64;
/** Such chunks that wait to be used again, for all sockets together. */
export const WRITE_CHUNKS_FREE_MAX = 8;
/** Addresses that a TCP transport listens at. */
export const TCP_LISTEN_MAX = 16;

/** Bytes of a message that is copied on its way to OpenSSL; larger ones are handed over in place. */
export const EVP_SMALL_BYTES = 4_096;
/** Bytes of associated data that are copied on their way to OpenSSL. */
export const EVP_ASSOCIATED_BYTES = 512;
/** Bytes of the slabs that small results are cut from: what one that is kept holds at most. */
export const EVP_SLAB_BYTES = 16_384;
/** Uses of a key in one direction before it gets a context of its own in OpenSSL. */
export const EVP_KEY_USES_SHARED = 2;

/** Random bytes fetched from the system at a time. */
export const RANDOM_BUFFER_BYTES = 4_096;
/** Size at which the log file is put aside as its one older copy, in bytes. */
export const LOG_FILE_BYTES_MAX = 1_000_000;
/** Bytes of one log line; longer ones are cut. */
export const LOG_LINE_BYTES_MAX = 2_000;
/** Newest lines of the log of each level that are kept in memory. */
export const LOG_RECENT_LINES_MAX = 1_000;

/** Size at which a segment file is closed and the next one begun, in bytes. */
export const SEGMENT_BYTES: number = 64 << 20;
/** Bytes of a block's key in UTF-8. */
export const BLOCK_KEY_BYTES_MAX = 1_024;
/** Bytes of blocks written with one call and made durable by one flush. */
export const BLOCK_GROUP_BYTES: number = 8 << 20;
/** Bytes of a write from which on it goes past the system's cache, where the system does that. */
export const DIRECT_BYTES_MIN: number = 1 << 20;
/** Bytes of such a write that are put together at a time. */
export const DIRECT_PIECE_BYTES: number = 1 << 20;
/** Blocks being read at one time; further ones wait. */
export const BLOCK_READS_MAX = 32;
/** How often a block is read again before it counts as damaged. */
export const BLOCK_READS_AGAIN = 4;
/** Headers or hints read at one time while a block store is opened. */
export const HINT_READS_MAX = 8;
/** Bytes by which the newest segment grows before its hint is written anew. */
export const HINT_STEP_BYTES: number = 16 << 20;
/** Segment files kept open at one time. */
export const SEGMENT_FILES_MAX = 64;
/** Bytes moved at a time while a segment is being compacted. */
export const COMPACTION_STEP_BYTES: number = 4 << 20;
/** Bytes between two records up to which compaction reads them with one call. */
export const COMPACTION_GAP_BYTES = 65_536;
/** How long compaction rests after it failed, in milliseconds. */
export const COMPACTION_REST_MS = 30_000;
/** Bytes set aside so that blocks can still be removed when the disk is full. */
export const BLOCK_RESERVE_BYTES: number = 1 << 18;
/** Blocks copied at one time while all are moved elsewhere. */
export const BLOCK_MOVES_MAX = 64;
/** Damaged places that are remembered for reports. */
export const DAMAGE_REPORTS_MAX = 1_000;

/** Changes of small state merged into one batch on disk. */
export const RECORD_GROUP_WRITES_MAX = 10_000;
/** Bytes of small state merged into one batch on disk. */
export const RECORD_GROUP_BYTES: number = 4 << 20;
/** Records fetched at a time by a scan. */
export const RECORD_SCAN_STEP = 1_000;
/** How long threads that make stripes are kept without work, in milliseconds. */
export const STRIPE_THREADS_IDLE_MS = 30_000;
/** Stripes that each thread may have, one at work and one to come; they are on their way to the disk as well. */
export const STRIPE_SLOTS_PER_THREAD = 2;
/** Bytes of a stripe, its shards and leaf hashes, up to which a thread makes it. */
export const STRIPE_SLOT_BYTES_MAX: number = 16 << 20;
/** Memory of a thread that makes stripes for all but their bytes. */
export const STRIPE_THREAD_HEAP_MB = {
  maxYoungGenerationSizeMb: 2,
  maxOldGenerationSizeMb: 32,
} as const;
/** Threads that make stripes, at most; fewer where there are fewer processors. */
export const STRIPE_THREADS_MAX = 4;
/** Free bytes below which a store that ran full is not tried again. */
export const RECORD_SPACE_BYTES_MIN: number = 8 << 20;

/** Bytes of a settings or identity file. */
export const HOME_FILE_BYTES_MAX = 65_536;
/** Links to keep and places to listen at that settings may name, each. */
export const CONFIG_LIST_MAX = 64;
/** People in one group that settings name. */
export const GROUP_MEMBERS_MAX = 256;
/** Files that one system call reads or closes; a power of two. */
export const FILE_RING_FILES = 64;
/** Milliseconds that opening a file may take, the mean of FILE_RING_FILES, before they are opened all at once. */
export const FILE_OPEN_NEAR_MS = 0.2;
/** So many times in a row it has to take longer: a busy processor alone is no distant disk. */
export const FILE_OPEN_SLOW_TIMES = 8;
