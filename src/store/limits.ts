/** Bytes of the object in one stripe, the last one excepted. */
export const STRIPE_BYTES: number = 1 << 20;

/** Smallest stripe that a manifest may name, in bytes; smaller ones would be mostly hashes. */
export const STRIPE_BYTES_MIN = 1024;

/** Stripes of one object: 16 GiB with full stripes. Bounds leaf lists to 512 KiB. */
export const STRIPES_MAX = 16_384;

/**
 * Hashes of a proof for some of an object's stripes: the leaves of all, or of some and at most two
 * siblings on each of the tree's 14 levels.
 */
export const PROOF_HASHES_MAX: number = STRIPES_MAX + 28;

/** Layers of one object: the most important one, the last one, and six steps between. */
export const LAYERS_MAX = 8;

/** A layer's stripes are short enough for shards of about this many bytes, whatever its k. */
export const SHARD_BYTES_AIM: number = 1 << 16;

/** Bytes of an encoded head: manifest, all fragment roots and their frame. */
export const HEAD_BYTES_MAX = 5_120;

/** Shards are a multiple of this, in bytes: the width of a SIMD register. */
export const SHARD_ALIGN_BYTES = 16;

/** Bytes of an object's name in UTF-8. */
export const OBJECT_NAME_BYTES_MAX = 255;

/** Bytes of an object's media type. */
export const MEDIA_TYPE_BYTES_MAX = 127;

/** Bytes of what a manifest says sealed: name, media type, what the layers are. */
export const SEALED_META_BYTES_MAX = 528;

/** Bytes of an encoded manifest. */
export const MANIFEST_BYTES_MAX = 1_000;

/** Largest message between two stores, in bytes: a shard of an object with k = 1, and its head. */
export const MESSAGE_BYTES_MAX: number = STRIPE_BYTES + 1024;

/** First allocation for a message that is only announced, in bytes; it grows with what arrives. */
export const MESSAGE_FIRST_BYTES: number = 1 << 16;

/** Puts at the same time. Each holds up to `PUT_STRIPES_FLYING` stripes and their parity. */
export const PUT_JOBS_MAX = 16;

/** Bytes of a file that is held to be cut into layers; a longer one goes uncut. */
export const LAYERED_BYTES_MAX: number = 32 << 20;

/** Files held so at the same time. */
export const LAYERED_PUTS_MAX = 4;

/** Bytes of a held file that are put at once. */
export const LAYERED_PIECE_BYTES: number = 256 << 10;

/** Bytes of an object whose file can only be made from all of its body. */
export const TRANSFORMED_BYTES_MAX: number = 64 << 20;

/** Writes that wait behind a held file before `write` is refused altogether. */
export const LAYERED_BACKLOG_MAX = 64;

/** Stripes of one put on their way to the disk before `write` answers false. */
export const PUT_STRIPES_FLYING = 4;

/** Bytes of a stripe from which on another thread may make it: to send less takes longer. */
export const STRIPE_ELSEWHERE_BYTES_MIN: number = 1 << 18;

/** Stripes of one put on their way to the disk before `write` is refused altogether. */
export const PUT_STRIPES_REFUSED = 16;

/** Gets and repairs at the same time. */
export const READ_JOBS_MAX = 32;

/** Stripes that a reader fetches ahead of the one it delivers next. */
export const READ_AHEAD_STRIPES = 4;

/** Requests waiting for an answer at one holder. */
export const SOURCE_REQUESTS_MAX = 16;

/** How long a reader waits for enough fragments when nothing moves, in milliseconds. */
export const PATIENCE_MS = 15_000;

/** The same for who takes whatever layers can be had, in milliseconds. */
export const PREVIEW_PATIENCE_MS = 3_000;

/** A shard that takes longer than this is asked for elsewhere too, in milliseconds. */
export const HEDGE_MS = 2_000;

/** The same for a repair, for which nobody waits: asking twice would cost more than time. */
export const REPAIR_HEDGE_MS = 30_000;

/** A holder that owes an answer and moves nothing for this long is passed over, in milliseconds. */
export const STALL_MS = 1_000;

/** A holder that owes an answer and sends not one byte for this long is left, in milliseconds. */
export const SILENCE_MS = 8_000;

/** Pause before a reader asks again peers that had nothing or fell silent, in milliseconds. */
export const ASK_AGAIN_MS = 3_000;

/**
 * First pause before peers are asked again once fragments were found to have moved, in
 * milliseconds; it doubles up to `ASK_AGAIN_MS` while nothing new is found.
 */
export const SEEK_MS = 250;

/** Heads of objects kept for the next reading of the same object. */
export const KNOWN_HEADS_MAX = 64;

/** Peers that one reader asks. */
export const ASK_PEERS_MAX = 256;

/** Peers that one reader asks at the same time. */
export const ASK_STREAMS_MAX = 32;

/** Holders that one reader stays connected to. */
export const HOLDERS_MAX = 128;

/** Peers among which the fragments of an object are spread, this one not counted. */
export const SPREAD_PEERS_MAX = 64;

/** Of those, how many of one group that may fail together, while there are others. */
export const SPREAD_GROUP_PEERS_MAX = 16;

/** A peer that had two ways counts as reached by one neighbour alone after so long without the second. */
export const BRIDGED_AFTER_MS = 60_000;

/** Peers of which it is remembered when they last had two ways. */
export const SECOND_WAYS_MAX = 1_024;

/** Peers up to so many hops away are near: together they should be able to show the whole coarsely. */
export const NEAR_HOPS = 2;

/** Fragment pushes at the same time, one stream each. */
export const SPREAD_STREAMS_MAX = 4;

/** How long after a shard was given to a reader pushes are slow, in milliseconds. */
export const READ_RECENT_MS = 200;

/** Pause of a push before each shard while objects are read here, in milliseconds. */
export const YIELD_MS = 100;

/** First pause after a peer failed to take fragments, in milliseconds; doubles each time. */
export const BACKOFF_FIRST_MS = 2_000;

/** Longest pause after failures, in milliseconds. */
export const BACKOFF_MAX_MS = 300_000;

/** Pause before a peer that had no room is offered fragments again, in milliseconds. */
export const FULL_PAUSE_MS = 600_000;

/** Pause after the neighbourhood changed before fragments move, in milliseconds. */
export const SETTLE_MS = 500;

/** Objects looked at in one tick of the spreader. */
export const SPREAD_PLANS_PER_TICK = 16;

/** Streams that other peers may hold open to this store. */
export const SERVED_STREAMS_MAX = 512;

/** Of those, by the same peer: all its reads and pushes at a time, and some to spare. */
export const SERVED_STREAMS_PER_PEER = 48;

/** Requests that wait on one served stream before it is no longer read. */
export const SERVED_QUEUE_MAX = 32;

/** Bytes of all answers that are on their way, or wait to be read: a peer may have as many as are free. */
export const SERVED_UNREAD_BYTES_MAX: number = 64 << 20;

/** How soon a request that found no room for its answer is looked at again, in milliseconds. */
export const SERVED_AGAIN_MS = 50;

/** Bytes of hash trees kept for questions that ask for proofs; one of the longest leaf list takes 64 KiB. */
export const PROOF_TREES_BYTES_MAX: number = 8 << 20;

/** What a kept hash tree counts besides its hashes, in bytes. */
export const PROOF_TREE_COST_BYTES = 512;

/** Leaves of trees that are not kept yet which one asker may have hashed at once: 40 of the longest leaf list. */
export const PROOF_LEAVES_BURST: number = 40 * STRIPES_MAX;

/** The same per second from then on. */
export const PROOF_LEAVES_PER_SECOND: number = 4 * STRIPES_MAX;

/** All askers together may have so many times as much hashed. */
export const PROOF_LEAVES_FOR_ALL = 4;

/** Of these, so many are kept for askers that are known here or brought the fragment. */
export const PROOF_LEAVES_FOR_KNOWN = 2;

/** Askers whose allowance for proofs is remembered. */
export const PROOF_ASKERS_MAX = 1_024;

/** A served stream on which nothing moves for this long is closed, in milliseconds. */
export const SERVED_IDLE_MS = 120_000;

/** Offers that this store takes in at the same time. */
export const RECEIVING_MAX = 16;

/**
 * What a fragment costs besides its shards, in bytes of the quota: records, a head and memory. A
 * fragment may have as few as 16 bytes, so without this nobody's quota would bound their number.
 */
export const FRAGMENT_COST_BYTES = 4_096;
/** Fragments kept for others however small the quota is. */
export const FRAGMENTS_KEPT_MIN = 64;
/** Fragments kept for others however large the quota is: each takes about a kilobyte of memory. */
export const FRAGMENTS_KEPT_MAX = 131_072;
/** Bytes of one incoming fragment on their way to the disk before its stream is no longer read. */
export const RECEIVING_FLYING_BYTES: number = 1 << 21;

/** Objects of this peer's owner that the store keeps track of. */
export const OBJECTS_MAX = 100_000;

/** Codecs kept ready, one per pair of k and n; each holds n shards. */
export const CODECS_MAX = 8;

/** Block keys removed with one call. */
export const REMOVE_BATCH = 1_024;

/** A peer that takes fragments and moves not one byte for this long is left, in milliseconds. */
export const PUSH_SILENCE_MS = 20_000;

/** Bytes of leaf lists that are written to the records at once when an object is there. */
export const COMMIT_LEAVES_BYTES: number = 1 << 19;
