/** Bytes of a routing header, which travels sealed: two label stacks of 255 bytes and what names them. */
export const PACKET_HEADER_BYTES_MAX = 576;
/** Smallest frame a transport must carry: a handshake message goes in one piece. */
export const TRANSPORT_FRAME_BYTES_MIN = 256;
/** Bits per second of the fastest transport on which short frames are worth their work. */
export const SHORT_BITS_PER_SECOND_MAX = 256_000;
/** Destinations that each end of a slow line notes for short frames. */
export const SHORT_HEADERS_MAX = 16;
/** Bytes of one control message. */
export const CONTROL_MESSAGE_BYTES_MAX = 65_535;
/** Bytes of a control segment on transports that could carry more. */
export const CONTROL_SEGMENT_BYTES_MAX = 1_100;
/** Control messages waiting for acknowledgement per neighbour; one more resets the neighbour. */
export const CONTROL_QUEUE_MESSAGES_MAX = 4_096;
/** Control bytes waiting for acknowledgement per neighbour; one more resets the neighbour. */
export const CONTROL_QUEUE_BYTES_MAX: number = 4 << 20;
/** Control segments in flight, and how far ahead the receiver keeps them. */
export const CONTROL_WINDOW_SEGMENTS_MAX = 64;
/** Control segments in flight before anything was acknowledged. */
export const CONTROL_WINDOW_SEGMENTS_FIRST = 16;
/** Times a control segment is sent before the neighbour is reset. */
export const CONTROL_ATTEMPTS_MAX = 16;
/** Last sequence number of a control channel; the neighbour is reset there. */
export const CONTROL_SEQ_MAX = 0xffff_ffff;

/** Direct neighbours. */
export const NEIGHBOURS_MAX = 1_024;
/** Links kept to one neighbour; the costliest beyond that is closed. */
export const LINKS_PER_NEIGHBOUR_MAX = 4;
/** Endpoints kept dialled for ever. */
export const STATIC_LINKS_MAX = 256;
/** Characters of an endpoint. */
export const ENDPOINT_CHARACTERS_MAX = 256;

/** Handshakes that this peer has begun and not ended. */
export const OPENINGS_MAX = 64;
/** Handshakes that beacons may cause at the same time; the rest is kept for dialling. */
export const DISCOVERED_OPENINGS_MAX = 32;
/** Handshakes that others have begun and not ended; the oldest makes room for a new one. */
export const ANSWERINGS_MAX = 64;
/** Times one handshake message is sent. */
export const HANDSHAKE_SENDS_MAX = 6;
/** Wait before the first repetition of a handshake message; doubles each time. */
export const HANDSHAKE_RETRY_FIRST_MS = 250;
/** Longest wait between repetitions. */
export const HANDSHAKE_RETRY_MAX_MS = 2_000;
/** Least time since the last attempt for one out of turn, because the other side's came in. */
export const HANDSHAKE_REPEAT_GAP_MS = 50;
/** Life of a handshake that the other side does not end. */
export const HANDSHAKE_LIFE_MS = 10_000;
/** Times the same first message is answered. */
export const ANSWERS_PER_OPEN_MAX = 8;
/** Handshakes answered per second, in the long run: each costs three X25519 and one Ed25519. */
export const ANSWERS_PER_SECOND = 50;
/** Handshakes answered at once after a pause. */
export const ANSWERS_BURST = 64;
/** Handshakes answered per second for one endpoint. */
export const ENDPOINT_ANSWERS_PER_SECOND = 2;
/** Handshakes answered at once for one endpoint. */
export const ENDPOINT_ANSWERS_BURST = 8;
/** Endpoints whose rate is remembered; the longest known is forgotten first. */
export const ENDPOINT_RATES_MAX = 1_024;
/** Connections of others on which no handshake has come yet. */
export const SILENT_STREAMS_MAX = 256;

/** Beacons whose signature is checked per second. */
export const BEACON_CHECKS_PER_SECOND = 50;
/** Beacons checked at once after a pause. */
export const BEACON_CHECKS_BURST = 50;
/** Times of the first beacons after the start, and after a change of the local networks. */
export const BEACON_FIRST_MS: readonly number[] = [0, 150, 400, 900];
/** Between beacons afterwards, before jitter; grows while nothing changes. */
export const BEACON_INTERVAL_FIRST_MS = 3_000;
/** How many times longer each wait is than the one before. */
export const BEACON_INTERVAL_GROWTH = 3;
/** Between beacons while all has long been quiet. A newcomer is found by its own first beacons. */
export const BEACON_INTERVAL_MAX_MS = 150_000;
/**
 * So long after a neighbour was lost it is looked for, as whatever cut it off may end without a sign; and any after the
 * start, where there is none.
 */
export const BEACON_SEARCH_MS = 3_600_000;
/** How many times longer each wait is meanwhile than the one before: a quarter of all that has passed. */
export const BEACON_SEARCH_GROWTH = 1.25;
/** Between such beacons, before jitter. */
export const BEACON_SEARCH_MAX_MS = 30_000;
/** Beacons out of turn per second in the long run: a stranger was heard, a network came. */
export const BEACON_EXTRAS_PER_SECOND = 2;
/** Beacons out of turn at once after a pause. */
export const BEACON_EXTRAS_BURST = 5;
/** A checked beacon from the same endpoint is not checked again for this long. */
export const BEACON_REPEAT_MS = 1_000;
/** Endpoints of checked beacons remembered. */
export const BEACONS_REMEMBERED_MAX = 256;
/** The side with the greater id lets the other one begin for this long. */
export const BEACON_YIELD_MS = 100;

/** Neighbours whose place is remembered for the next start; whoever was linked longest ago gives way. */
export const PLACES_MAX = 32;
/** How long a place is remembered that was not linked again: 14 days. */
export const PLACE_AGE_MAX_MS: number = 14 * 86_400_000;
/** How old the memory of a place that is still in use may get: one write a day. */
export const PLACE_REFRESH_MS = 86_400_000;
/** Shortest time between two writes of that table. */
export const PLACES_KEEP_MS = 5_000;
/** Between the first greetings after a start. */
export const GREETING_GAP_MS = 100;
/** After each greeting without answer, until the next one; after the last one nobody is greeted any more. */
export const GREETING_WAITS_MS: readonly number[] = [15_000, 60_000, 300_000, 1_800_000];

/** First wait before a static link is dialled again; doubles, with jitter. */
export const DIAL_RETRY_FIRST_MS = 200;
/** Longest wait before a static link is dialled again. */
export const DIAL_RETRY_MAX_MS = 10_000;
/** How long a stream transport may take to connect. */
export const DIAL_PATIENCE_MS = 15_000;

/** Frames that may overtake each other on a link (bits of the replay window). */
export const REPLAY_WINDOW_FRAMES = 2_048;
/** Frames under one key before a new handshake is begun. */
export const REKEY_FRAMES: number = 2 ** 40;
/** Last frame number of a key; nothing is sent beyond it. */
export const FRAME_COUNTER_MAX: number = 2 ** 48 - 1;
/** Age of a key at which its initiator begins a new handshake. */
export const REKEY_AGE_MS: number = 60 * 60 * 1000;
/** How much later the other side does it, where the initiator did not. */
export const REKEY_RESPONDER_EXTRA_MS: number = 10 * 60 * 1000;
/** A link that was renewed still takes frames under way for this long. */
export const RETIRED_LINK_MS = 3_000;
/** Two handshakes on one endpoint within this time are one simultaneous opening. */
export const TWIN_HANDSHAKE_MS = 3_000;

/** Packets in fragments being put together per link. */
export const FRAGMENTED_PER_LINK_MAX = 8;
/**
 * Trains being put together per link: all that come while one is repaired, which others wait for.
 * Sessions cut packets for one millisecond of their way, and they wait for 100 ms at most.
 */
export const REASSEMBLIES_PER_LINK_MAX = 256;
/** Bytes of them. */
export const REASSEMBLY_BYTES_PER_LINK_MAX: number = 2 << 20;
/** Pieces of memory per link kept for the next packets while some are being put together. */
export const REASSEMBLY_SPARES_MAX = 8;
/** Trains per link whose end is remembered, so that pieces which come twice are known. */
export const TRAINS_REMEMBERED_MAX = 128;
/** Bytes of all packets being put together. */
export const REASSEMBLY_BYTES_MAX: number = 16 << 20;
/** A packet whose pieces have not all come by then is dropped. */
export const REASSEMBLY_LIFE_MS = 2_000;
/** Pieces per link that wait for the head which they have overtaken: those of some large packets. */
export const EARLY_PIECES_MAX = 256;
/** Bytes of such a piece: what a datagram brings. */
export const EARLY_PIECE_BYTES_MAX = 2_048;
/** How long they wait, in milliseconds. */
export const EARLY_PIECES_MS = 500;
/** Pieces of one packet. */
export const FRAGMENTS_MAX = 1_024;

/** Sealed frames per link that are missed and asked for again; the oldest gives way. */
export const REPAIR_GAPS_MAX = 512;
/** Times that the same frame or train is asked for: a request is lost as easily as a frame. */
export const REPEAT_ASKS_MAX = 4;
/** Least time between two requests of one link, in milliseconds. */
export const REPEAT_GAP_MS = 1;
/** Requests of one link whose answer is awaited at the same time. */
export const REQUESTS_OUTSTANDING = 32;
/** Requests of one link that the packets which came before allow: two for each, and so many in all. */
export const ASKS_SAVED_MAX = 16;
/** Requests of one link answered per second in the long run. */
export const REPEATS_PER_SECOND = 1_000;
/** Requests of one link answered at once after a pause. */
export const REPEATS_BURST = 50;
/** Frames looked for because of one request. */
export const REPEAT_FRAMES_MAX = 2_048;
/** Heads asked for per second and link on the word of pieces, which are not sealed. */
export const HEADS_ASKED_PER_SECOND = 200;
/** … at once after a pause. */
export const HEADS_ASKED_BURST = 20;
/** Least time that a frame may be late before it is asked for, in milliseconds. */
export const REPAIR_TOLERANCE_MIN_MS = 1;
/** The most of it; otherwise a quarter round trip. */
export const REPAIR_TOLERANCE_MAX_MS = 20;
/** Age up to which a frame is asked for, in milliseconds; otherwise two round trips. */
export const REPAIR_LIFE_MIN_MS = 150;
/** The most of it. */
export const REPAIR_LIFE_MAX_MS = 1_000;
/** Times that a train may be asked for while later ones wait for it. */
export const REPAIR_HOLD_RETRIES = 2;
/** Longest time that it holds them back, in milliseconds. */
export const REPAIR_HOLD_MAX_MS = 100;
/** Queueing on a link above which losses are left to whoever sends too fast; otherwise a quarter round trip. */
export const REPAIR_QUEUE_MS = 10;
/** Losses are left to who sends too fast also where they are rarer than this, as a share of frames … */
export const REPAIR_RARE_SHARE = 0.003;
/** … of which so many at least were counted, … */
export const REPAIR_JUDGED_FRAMES = 1_000;
/** … within so many milliseconds at most, … */
export const REPAIR_JUDGING_MS = 10_000;
/** … so long ago at most, in milliseconds. */
export const REPAIR_JUDGED_MS = 60_000;
/** Where there is none and so many frames have come in a second, the two newest round trips tell of a queue. */
export const REPAIR_YOUNG_FRAMES = 100;
/** Where there is no such judgement, so many losses at once are not taken for those of a full queue, … */
export const REPAIR_TRUSTED_LOSSES = 8;
/** … and later this share of what comes. */
export const REPAIR_TRUSTED_SHARE = 0.05;
/** Of less than so many frames … */
export const REPAIR_BUSY_FRAMES = 500;
/** … in so many milliseconds nothing is left. */
export const REPAIR_BUSY_MS = 1_000;
/** Shortest round trip of a link that counts as a long one, in milliseconds. */
export const REPAIR_LONG_MS = 10;
/** Over a long link, or one that has lost something so lately, in milliseconds, … */
export const REPAIR_MEASURED_MS = 10_000;
/** … a request asks for nothing, to measure the round trip, where so many frames have come since the last one, … */
export const REPAIR_MEASURING_FRAMES_MIN = 8;
/** … all within so many milliseconds, so that links which rest are left alone, … */
export const REPAIR_MEASURING_FRAMES_MS = 1_000;
/** … and that was so long ago, in milliseconds. */
export const REPAIR_MEASURING_GAP_MS = 10;
/** The most of it where little comes and losses are left; otherwise a round trip. */
export const REPAIR_MEASURING_GAP_MAX_MS = 100;
/**
 * After the last frame of a burst on a link that loses: an empty frame follows, so that the
 * neighbour can miss what came before it (the idea of RFC 8985, section 7). Otherwise a quarter round trip.
 */
export const REPAIR_TAIL_MS = 2;
/** How long sent frames are kept on a link after the neighbour has missed something, in milliseconds. */
export const REPAIR_KEEPING_MS = 30_000;
/** Frames with so many bytes, and what follows them, are kept on long links before anything was missed, … */
export const REPAIR_EARLY_FRAME_BYTES_MIN = 512;
/** … for so long, in milliseconds, after the last one, … */
export const REPAIR_EARLY_MS = 1_000;
/** … as long as no more bytes are sent in 100 ms; … */
export const REPAIR_EARLY_BYTES_MAX: number = 1 << 20;
/** … if they are, none are kept for so long, in milliseconds. */
export const REPAIR_EARLY_PAUSE_MS = 10_000;
/** Sent frames for which there is room at first, per link, … */
export const KEPT_FRAMES_FIRST = 256;
/** … and at most. */
export const KEPT_FRAMES_MAX = 4_096;
/** Their bytes, at first … */
export const KEPT_BYTES_FIRST: number = 64 << 10;
/** … and at most. */
export const KEPT_BYTES_PER_LINK_MAX: number = 4 << 20;
/** Bytes of sent frames kept on all links. */
export const KEPT_BYTES_MAX: number = 32 << 20;
/** Bytes repeated per byte sent, at most. */
export const REPEATED_SHARE_MAX = 0.25;
/** Bytes that may be repeated at once. */
export const REPEATED_BURST_BYTES: number = 256 << 10;

/** Between probes on a quiet link at first, before it grows. */
export const QUIET_PROBE_FIRST_MS = 500;
/** Probes of a new link that follow each other quickly, from both sides: what it costs should be known soon. */
export const YOUNG_PROBES = 8;
/** Between those. */
export const YOUNG_PROBE_MS = 250;
/** How many times longer each wait is than the one before, while all is well. */
export const QUIET_PROBE_GROWTH = 3;
/**
 * Between probes on a quiet link that has long been stable. A probe and its echo are 194 bytes on
 * Ethernet, and the kernels' own neighbour discovery adds about 340 whenever they last met more than 30 s ago.
 */
export const QUIET_PROBE_MAX_MS = 90_000;
/** How many times slower links are probed that are not in use. */
export const SPARE_PROBE_FACTOR = 2;
/** Wait for the answer to a quiet probe before the next. */
export const QUIET_PROBE_RETRY_MS = 1_000;
/** Unanswered quiet probes after which a link is gone; more on a link that loses much. */
export const QUIET_PROBES_UNANSWERED_MIN = 4;
/** The most of them. */
export const QUIET_PROBES_UNANSWERED_MAX = 12;
/** Frames heard since the last own probe that make a link a busy one. */
export const BUSY_FRAMES = 16;
/** Longest wait between own probes on a busy link: its round trip changes with the load. */
export const BUSY_PROBE_MS = 2_000;
/** Least silence under traffic before a probe is sent; otherwise two round trips. */
export const CHASE_AFTER_MS = 30;
/** The same on a slow line: what is sent there mostly asks for no answer at once. */
export const SLOW_CHASE_AFTER_MS = 180_000;
/** Longest wait between quiet probes on a slow line. */
export const SLOW_QUIET_PROBE_MAX_MS = 300_000;
/** Age of the keys of a slow line: a handshake takes as much as several messages. */
export const SLOW_REKEY_AGE_MS: number = 12 * 3_600_000;
/**
 * Least time between probes under traffic; otherwise two round trips and four deviations. With
 * `CHASE_AFTER_MS` and three probes: a neighbour whose process stands still for less than 150 ms is not suspected.
 */
export const CHASE_GAP_MS = 40;
/** Unanswered probes under traffic after which a link is suspect; more where much is lost. */
export const CHASE_PROBES_MIN = 3;
/** The most of them. */
export const CHASE_PROBES_MAX = 8;
/** Frames in a row that make a steady stream, whose end is looked into. */
export const CADENCE_FRAMES_MIN = 8;
/** … after many streams that ended without any harm. */
export const CADENCE_FRAMES_MAX = 512;
/** Longest gap within a steady stream. */
export const CADENCE_GAP_MAX_MS = 250;
/** Least silence after a steady stream that is looked into. */
export const CADENCE_PATIENCE_MIN_MS = 30;
/** A suspicion that ended within this time of the silence's begin was a false alarm. */
export const FALSE_ALARM_MS = 1_500;
/** Most that false alarms stretch the gaps between probes under traffic. */
export const PATIENCE_MAX = 8;
/** Time in which learned patience falls by half. */
export const PATIENCE_HALF_LIFE_MS: number = 5 * 60 * 1000;
/** A tick later than this is an own standstill: answers may wait unread, so no verdict yet. */
export const LATE_TICK_MS = 15;
/** How long the verdict then waits, so that they are read. */
export const LATE_GRACE_MS = 5;
/** After a hint that nobody listens proved false, further ones are passed over for this long, times the patience. */
export const UNREACHABLE_REST_MS = 10_000;
/** First gap between probes on a suspect link; doubles. */
export const SUSPECT_GAP_FIRST_MS = 50;
/** Longest gap between probes on a suspect link. */
export const SUSPECT_GAP_MAX_MS = 2_000;
/** Silence after which a suspect link is gone. */
export const SUSPECT_LIFE_MS = 6_000;
/** Probes whose answer is awaited at the same time. */
export const PROBES_OUTSTANDING_MAX = 8;

/**
 * Probes of one frame that are answered, the last ones of it: an honest frame has one or two, and
 * an echo for each of thousands would make a frame larger than any transport carries.
 */
export const PROBES_ANSWERED_MAX = 8;
/** Cost above everything a link can have. */
export const COST_MAX = 4_095;
/** Relative change of cost below which nobody is told and no link is switched. */
export const COST_HYSTERESIS = 0.2;
/** How many times its cost a link over a stream counts beside one of datagrams that works; more than the hysteresis. */
export const STREAM_COST_FACTOR = 1.5;
/** Share of probes that come back over a link of datagrams that works. Where fewer do, the link in use stays: this share's inverse is below the hysteresis. */
export const WORKING_RATIO = 0.9;
/** How long after a suspicion a link of datagrams takes nothing from a stream. */
export const STREAM_REST_MS = 10_000;
/** How long a change of cost must have held before anybody is told. */
export const COST_HOLD_MS = 5_000;
/** Round trips of which the shortest counts for the cost: what a busy processor adds does not travel. */
export const COST_ROUND_TRIPS = 8;
/** How long a shortest round trip counts for it at least, twice that at most: what a queue adds does not travel either. */
export const COST_ROUND_TRIP_MS = 60_000;
/** Life of a neighbour's new address that has not been proven; begins anew with each frame from there. */
export const PATH_LIFE_MS = 3_000;
/** Least time between the challenges sent to such an address. */
export const PATH_CHALLENGE_GAP_MS = 50;
/** Bytes sent to such an address per byte that came from there (RFC 9000 section 8.1). */
export const PATH_AMPLIFICATION = 3;
/** Probes of one size sent before it counts as too large for the way. */
export const FRAME_SIZE_ASKS_MAX = 4;
/** Least wait for the echo of such a probe, in milliseconds; otherwise three round trips. */
export const FRAME_SIZE_WAIT_MIN_MS = 500;
/** Between probes that find out whether large frames still arrive, while large packets are sent. */
export const FRAME_SIZE_CHECK_MS = 5_000;
/** Between attempts at more than what is proven (PMTU_RAISE_TIMER of RFC 8899 section 5.1.1). */
export const FRAME_SIZE_RAISE_MS: number = 10 * 60 * 1000;
/** Echoes sent on one link per second in the long run; an honest neighbour asks at most 20 times. */
export const ECHOES_PER_SECOND = 50;
/** Echoes sent at once on one link after a pause. */
export const ECHOES_BURST = 100;
/** Hints that a frame reached nobody, sent per second. */
export const HINTS_PER_SECOND = 20;
/** Least time between handshakes begun because of such a hint or a changed beacon. */
export const HINT_GAP_MS = 1_000;
/** What a link is taken to carry where its transport does not know, in bits per second. */
export const ASSUMED_BITS_PER_SECOND = 20_000_000;
