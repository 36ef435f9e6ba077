/** Ways that a session keeps in mind: the ordinary one and explicit ones. */
export const PATHS_MAX = 6;
/** Bytes of labels in an explicit way; what a header takes for it is 3 and twice this at most. */
export const LABEL_BYTES_MAX = 128;
/** Bytes that a path extension takes beside its labels. */
export const EXTENSION_BYTES = 3;

/** Different ways by which a first message goes out before a handshake is given up. */
export const HELLO_WAYS = 20;
/** First wait for an answer to a first message where other ways may be tried, in milliseconds. */
export const HELLO_WAY_MS = 150;
/** Growth of that wait from one attempt to the next: 16 attempts begin within 5 s. */
export const HELLO_WAY_BACKOFF = 1.08;
/** Attempts after which each goes by two ways. */
export const HELLO_SINGLE_WAYS = 5;
/** First hops that are tried one by one before waypoints are. */
export const FIRST_HOPS_TRIED = 3;
/** Waypoints that routing is asked for at a time. */
export const WAYPOINTS_ASKED = 32;
/** Pause between two look-ups of one peer, in milliseconds. */
export const LOCATE_PAUSE_MS = 2_000;
/** Look-ups under way. */
export const LOCATES_MAX = 64;

/** Round trips of silence under traffic after which a session changes its path. */
export const SILENCE_ROUND_TRIPS = 2;
/** What is added to them, in milliseconds: an acknowledgement may be held back for 20. */
export const SILENCE_EXTRA_MS = 50;
/** Round trip assumed of a path that was never measured where none of its session's was either. */
export const UNMEASURED_RTT_MS = 150;
/** Shortest time between two looks at a responder that has left our way, in milliseconds. */
export const FOLLOW_MS = 1_000;
/** How late this process may be before it blames itself for a silence, in milliseconds. */
export const LATE_MS = 15;
/** Times by which needless changes may lengthen the silence that is waited for. */
export const PATIENCE_MAX = 8;
/** Largest packet that goes along the old and the new path for a round trip, in bytes. */
export const DUPLICATE_BYTES_MAX = 300;
/** Packets whose fate is looked at together to judge a path that loses some. */
export const LOSS_SAMPLE_PACKETS = 32;
/** Share of them whose loss makes a session change to a path that loses none. */
export const LOSS_SHARE = 0.25;
/** How long that must go on, in milliseconds. */
export const LOSSY_MS = 1_000;
/** How long a path that failed is left alone at first, in milliseconds. */
export const FAILED_MS = 10_000;
/** How long it is left alone at most, in milliseconds. */
export const FAILED_MAX_MS = 300_000;

/** Pause without traffic after which it counts as a new one, in milliseconds. */
export const TRAFFIC_GAP_MS = 3_000;
/** How long traffic lasts before a session looks for a standby path, in milliseconds. */
export const STANDBY_AFTER_MS = 1_000;
/** Time between two probes of the standby path while there is traffic, in milliseconds. */
export const STANDBY_PROBE_MS = 5_000;
/** The same on thrifty profiles. */
export const STANDBY_PROBE_THRIFTY_MS = 60_000;
/** Unanswered probes in a row after which another standby path is looked for. */
export const STANDBY_MISSES_MAX = 2;
/** Ways tried in one search for a standby path. */
export const STANDBY_WAYS = 6;
/** Pause after a search for a standby path that found none, in milliseconds. */
export const STANDBY_REST_MS = 30_000;
/** Ways tried in one search by a session whose path has fallen silent. */
export const DOUBT_WAYS = 16;
/** Ways tried in one search of a thrifty profile. */
export const THRIFTY_WAYS = 3;
/** How many times longer a thrifty profile rests between two searches. */
export const THRIFTY_REST_FACTOR = 10;
/** Shortest pause between two ways tried, in milliseconds. */
export const SEEK_PAUSE_MS = 100;

/** Challenges under way in one session. */
export const CHALLENGES_MAX = 24;
/** How long an answer to a challenge counts, in milliseconds. */
export const CHALLENGE_MS = 3_000;
/** Size up to which challenges of new paths are filled, in bytes: a path must carry data. */
export const CHALLENGE_FILL_BYTES = 1_000;
/** Answers to challenges that wait to be sent. */
export const RESPONSES_MAX = 8;

/** Internal frames that wait to be sent or repeated. */
export const OUTBOX_MAX = 16;
/** Times that an internal frame is sent at most. */
export const OUTBOX_ATTEMPTS = 4;
/** Bytes of a sketch's salt. */
export const SALT_BYTES = 8;
/** Peers in a sketch. */
export const SKETCH_PEERS_MAX = 512;
/** Peers in a sketch of a thrifty profile. */
export const SKETCH_PEERS_THRIFTY_MAX = 32;
/** Bytes of a sketch per peer. */
export const SKETCH_PEER_BYTES = 9;
/** Bytes of a sketch's part in one frame. */
export const SKETCH_PART_BYTES = 720;
/** Meeting peers proposed for one sketch. */
export const MEETINGS_MAX = 6;
/** Traffic before sketches are exchanged, in milliseconds: short talks do without. */
export const MEETING_AFTER_MS = 300;
/** Shortest pause between two exchanges, in milliseconds; the receiver keeps to it as well. */
export const MEETING_PAUSE_MS = 10_000;
/** How long an exchange counts, in milliseconds. */
export const MEETING_RENEW_MS = 600_000;
/** How long an exchange may take, in milliseconds. */
export const MEETING_WAIT_MS = 8_000;
/** Shortest time between two good reports to routing about one path, in milliseconds. */
export const REPORT_MS = 1_000;
/** Pause after which a session on an explicit path tries the ordinary one again, in milliseconds. */
export const RETURN_MS = 10_000;
/** How much slower the ordinary path may be to be returned to. */
export const RETURN_FACTOR = 1.1;
