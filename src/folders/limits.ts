/** Bytes of one name in UTF-8, as most file systems have it. */
export const NAME_BYTES_MAX = 255;
/** Bytes of a whole path in UTF-8. */
export const PATH_BYTES_MAX = 4_096;
/** Names in one path. */
export const PATH_DEPTH_MAX = 64;
/** Folders that one peer keeps. */
export const FOLDERS_MAX = 256;
/** Bytes of a folder's name in UTF-8. */
export const FOLDER_NAME_BYTES_MAX = 64;
/** Peers that a folder link names as places where the folder is. */
export const LINK_HINTS_MAX = 4;
/** Characters of a folder link: all members at their limits, and room to spare. */
export const LINK_CHARS_MAX = 512;
/** Logs of one folder: one for each device that has ever written. */
export const LOGS_MAX = 1_024;
/** Entries of one log. */
export const LOG_ENTRIES_MAX = 16_777_216;
/** Operations in one entry. */
export const OPERATIONS_MAX = 512;
/** Bytes of an entry's operations before they are sealed. */
export const OPERATIONS_BYTES_MAX = 60_000;
/** Logs that the operations of one entry refer to, besides their own. */
export const REFERENCES_MAX = 255;
/** Versions that one operation replaces. */
export const REPLACES_MAX = 64;
/** Parts of which one file is made. */
export const PARTS_MAX = 256;
/** Bytes of a media type. */
export const MEDIA_TYPE_BYTES_MAX = 127;
/** Largest file whose bytes stand in the entry itself, in bytes. */
export const INLINE_BYTES_MAX = 4_096;
/** Files from this size on are objects of their own; smaller ones share a bundle. In bytes. */
export const OBJECT_BYTES_MIN = 65_536;
/** Mean size of the chunks by which large files are compared, in bytes; a power of two. */
export const CHUNK_BYTES = 65_536;
/** Bytes of a chunk at least, but for the last one of a file. */
export const CHUNK_BYTES_MIN = 16_384;
/** Bytes of a chunk at most. */
export const CHUNK_BYTES_MAX = 262_144;
/** Chunks of one object that are remembered: the first gibibyte, about. */
export const CHUNKS_PER_OBJECT_MAX = 16_384;
/** Chunks of one folder that are remembered, the latest ones: 8 GiB, about. */
export const CHUNKS_KNOWN_MAX = 131_072;
/** Parts of a file that is saved again; what would make more is stored again. */
export const PARTS_REUSED_MAX = 64;
/** Chunks of one file that wait for the store. */
export const CHUNKS_WAITING_MAX = 64;
/** Largest content of a new object by which it gets its key, so that all devices make the same one, in bytes. */
export const CONTENT_BYTES_MAX = 8_388_608;
/** Bytes of such content in memory at a time, of all folders; what comes then has a key of its own. */
export const CONTENT_HELD_BYTES_MAX = 33_554_432;
/** A bundle is closed once it has this many bytes. */
export const BUNDLE_BYTES = 1_048_576;
/** How long a bundle waits for further files before it is closed, in milliseconds. */
export const BUNDLE_WAIT_MS = 2_000;
/** First pause before a bundle that could not be stored is tried again, in milliseconds; doubles. */
export const BUNDLE_RETRY_MS = 5_000;
/** Longest such pause, in milliseconds. */
export const BUNDLE_RETRY_MAX_MS = 300_000;
/** Closed bundles of one folder that wait to be stored before further small files are refused. */
export const BUNDLES_WAITING_MAX = 8;
/** Bundles of one folder whose place is known. */
export const BUNDLES_MAX = 1_048_576;
/** Paths of one folder, with those of which only old versions are left. */
export const PATHS_MAX = 1_048_576;
/** Old versions that are listed of one path; the newest stay. */
export const OLD_VERSIONS_MAX = 32;
/** Old versions of one folder; above it a path that changes keeps only its newest one. */
export const OLD_VERSIONS_TOTAL_MAX = 262_144;
/** Removed paths of one folder whose old versions are still listed. */
export const REMOVED_PATHS_MAX = 65_536;
/** Versions that one call removes, moves or copies. */
export const CALL_VERSIONS_MAX = 131_072;
/** Changes of one folder that wait for the disk. */
export const CHANGES_WAITING_MAX = 2_048;
/** Changes that go to the disk in one batch. */
export const CHANGES_PER_BATCH_MAX = 512;
/** Changes that must wait for the next batch to be made while the disk still keeps one. */
export const CHANGES_AHEAD_MIN = 256;
/** Bytes of entries above which a batch takes no further change. */
export const BATCH_BYTES: number = 1 << 20;
/** Children of one directory in one pack; one that has more is split. */
export const PACK_CHILDREN_MAX = 1_024;
/** How often a directory is split into packs: names that collide beyond that share one. */
export const PACK_SPLITS_MAX = 20;
/** Bytes of a run from which the next one is begun. */
export const RUN_BYTES = 65_536;
/** Paths in runs, and a thirty-second of a folder's paths, from which runs are replaced by packs. */
export const RUN_PATHS_MIN = 8_192;
/** Runs from which they are replaced by packs. */
export const RUNS_MIN = 4_096;
/** Packed paths that one batch takes along for each path that it changes. */
export const PACKED_PER_CHANGE = 32;
/** Packed paths that one batch takes along at least. */
export const PACKED_PER_BATCH = 1_024;
/** Files of one peer's folders that are read at the same time. */
export const READS_MAX = 64;
/** Files of one peer's folders that are written at the same time. */
export const WRITES_MAX = 64;
/** Bytes of a frame between two peers, its length field not counted: an entry and a little more. */
export const FRAME_BYTES_MAX = 66_048;
/** Log heads named in one frame. */
export const HEADS_PER_FRAME_MAX = 64;
/** Entries asked for with one question. */
export const WANT_ENTRIES_MAX = 64;
/** Bytes of entries sent for one question; the one that passes it is the last. */
export const WANT_BYTES = 262_144;
/** Logs of which entries are fetched from one peer at the same time. */
export const FETCHES_MAX = 8;
/** Questions of one peer that wait for an answer. */
export const WANTS_MAX = 16;
/** Pause before entries that the disk had no room to take in are offered to it again, in milliseconds. */
export const BUSY_PAUSE_MS = 500;
/** Bytes that a peer has not taken yet; one who lets more pile up is cut off. */
export const UNREAD_BYTES_MAX: number = 4 << 20;
/** Peers with whom folders are compared at the same time. */
export const PARTNERS_MAX = 128;
/** Peers within reach that are no contacts and are asked for folders all the same. */
export const STRANGERS_MAX = 8;
/** How long a stream on which nothing is asked stays open, in milliseconds. */
export const IDLE_TIMEOUT_MS = 60_000;
/** How long a peer may owe an answer without moving a byte, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 30_000;
/** First pause before a peer is tried again after a failure, in milliseconds; doubles. */
export const RETRY_FIRST_MS = 1_000;
/** Longest such pause, and the pause before a peer with nothing in common is asked again, in milliseconds. */
export const RETRY_MAX_MS = 600_000;
/** Characters of a person's name in the name of a version. */
export const WRITER_CHARS_MAX = 40;
