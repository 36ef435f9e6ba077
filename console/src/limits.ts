/** Peers drawn on the map, the nearest first; the list names how many are left out. */
export const MAP_PEERS_MAX = 2_500;
/** Peers up to which each is a drawing of its own, to be walked to by keyboard; above, one canvas. */
export const MAP_DRAWN_ALONE_MAX = 200;
/** Peers in the list beside the map. */
export const PEER_ROWS_MAX = 200;
/** Peers from which on the list has a field to find one. */
export const PEER_FIND_MIN = 40;
/** Characters of a foreign name that are shown. */
export const NAME_CHARS_MAX = 64;
/** Messages of one conversation that are kept in the page; older ones are on the peer. */
export const CONVERSATION_MAX = 20_000;
/** Messages fetched when a conversation is opened. */
export const CONVERSATION_FETCH = 200;
/** Changes of conversations that are done again when an answer comes that may be older than they are. */
export const MEANWHILE_MAX = 1_000;
/** Conversations kept in the page; the one opened longest ago is forgotten first. */
export const CONVERSATIONS_MAX = 32;
/** Transfers shown; finished ones go first. */
export const TRANSFERS_MAX = 50;
/** Short notices on screen at a time. */
export const NOTICES_MAX = 3;
/** How long the page says that the peer was upgraded before it loads anew, in milliseconds. */
export const UPGRADE_MS = 2_500;
/** How often traffic is read while it shows, in milliseconds. */
export const TRAFFIC_EVERY_MS = 2_000;
/** Readings farther apart than this say nothing of what was between them, in milliseconds. */
export const TRAFFIC_GAP_MS = 30_000;
/** Rates of traffic that are drawn: five minutes. */
export const TRAFFIC_RATES_MAX = 150;
/** How often the camera's picture is searched for a code, in milliseconds. */
export const CAMERA_LOOK_MS = 250;
/** How long a notice stays, in milliseconds. */
export const NOTICE_MS = 5_000;
/** Progress reports kept, one per object. */
export const PROGRESS_MAX = 100;
/** Shortest and longest wait before the event stream is opened again, in milliseconds. */
export const RECONNECT_MIN_MS = 500;
/** See RECONNECT_MIN_MS. */
export const RECONNECT_MAX_MS = 8_000;
/** How long a peer may be silent before the page says so, in milliseconds. */
export const SILENCE_MS = 1_200;
/** Events closer together than this lead to one fetch, in milliseconds. */
export const COALESCE_MS = 200;
/** How long a hidden page keeps its event stream, in milliseconds: browsers open only six per peer. */
export const HIDDEN_MS = 60_000;
/** Bytes of a message's text in UTF-8, as the peer has it. */
export const TEXT_BYTES_MAX = 16_384;
/** Bytes of a file's name in a message, in UTF-8, as the peer has it. */
export const FILE_NAME_BYTES_MAX = 255;
/** Bytes of what a paired browser is called, in UTF-8, as the peer has it. */
export const LAN_NAME_BYTES_MAX = 64;
/** Bytes of a petname in UTF-8, as the peer has it. */
export const PETNAME_BYTES_MAX = 64;
/** Characters of an object's name, as the peer has it; longer file names are cut in the middle. */
export const OBJECT_NAME_CHARS_MAX = 200;
/** How often the progress of a download is drawn, in milliseconds. */
export const PROGRESS_EVERY_MS = 100;
/** Bytes of an object that the page loads in order to show it; what is larger is for downloading. */
export const LOOK_BYTES_MAX: number = 64 << 20;
/** Characters of a text that are shown. */
export const LOOK_TEXT_CHARS_MAX = 200_000;
/** Bytes of a web page that are read in order to show its text. */
export const LOOK_PAGE_BYTES_MAX: number = 4 << 20;
/** Entries of a folder's listing that are shown. */
export const LOOK_ENTRIES_MAX = 500;
/** Characters of a small picture in a listing, in base64. */
export const LOOK_THUMBNAIL_CHARS_MAX = 16_384;
/** Layers that are asked for one after the other, as many as an object may have. */
export const LOOK_LAYERS_MAX = 8;
/** How long the slider must rest before the peer is asked, in milliseconds. */
export const SLIDER_REST_MS = 180;
/** Files taken from one drop of folders; what is larger goes in by the command line. */
export const DROP_FILES_MAX = 500;
/** Files and folders that are shown of one place in a folder. */
export const LISTING_ROWS_MAX = 1_000;
/** Characters of what is typed as an amount, as the peer has it. */
export const AMOUNT_CHARS_MAX = 24;
/** Bytes of what a payment is for, in UTF-8, as the peer has it. */
export const MEMO_BYTES_MAX = 128;
/** Bytes of a currency's name, in UTF-8, as the peer has it. */
export const CURRENCY_NAME_BYTES_MAX = 64;
/** Places behind the point of a currency, as the peer has it. */
export const DECIMALS_MAX = 6;
/** Hours that a request for money stays open, as the peer has it. */
export const REQUEST_HOURS_MAX = 8_760;
/** Entries of a statement that are fetched when a line is opened. */
export const STATEMENT_FETCH = 1_000;
/** Entries of a statement that the peer tells at most. */
export const STATEMENT_MAX = 10_000;
/** Entries of a statement that are shown, and as many more each time somebody asks. */
export const STATEMENT_ROWS = 100;
/** Bytes of the title of an offer or want, in UTF-8, as the peer has it. */
export const LISTING_TITLE_BYTES_MAX = 80;
/** Bytes of what more an offer or want says, in UTF-8, as the peer has it. */
export const LISTING_TEXT_BYTES_MAX = 500;
/** Days that an offer or want stands, as the peer has it. */
export const LISTING_DAYS_MAX = 90;
/** Pictures of contacts that the page keeps at hand. */
export const PICTURES_MAX = 256;
/** Pixels of a side of the picture that somebody shows of themselves, as the peer has it. */
export const PICTURE_SIDE = 256;
/** Lines of the log that are shown, until somebody asks for all. */
export const LOG_ROWS = 200;
/** Lines of the log that the peer tells at most. */
export const LOG_ROWS_MAX = 3_000;
/** Letters of what is looked for in the log, as the peer has it. */
export const LOG_FIND_CHARS_MAX = 200;
