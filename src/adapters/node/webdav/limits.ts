/** WebDAV mounts of one peer at the same time. */
export const MOUNTS_MAX = 16;
/** Connections to one mount at the same time. */
export const DAV_CONNECTIONS_MAX = 128;
/** Requests to one mount that are being answered or wait for their turn; further ones hear 503. */
export const DAV_REQUESTS_MAX = 64;
/** Uploads to one mount at the same time; further ones wait. */
export const DAV_UPLOADS_MAX = 4;
/** Downloads from one mount at the same time; further ones wait. */
export const DAV_DOWNLOADS_MAX = 8;
/** Header lines of a request. */
export const DAV_HEADERS_MAX = 64;
/** Bytes of all header lines of a request. */
export const DAV_HEADER_BYTES_MAX = 16_384;
/** Time for a request's head, and for its XML body, in milliseconds. */
export const DAV_HEAD_TIMEOUT_MS = 15_000;
/** An upload or download on whose connection nothing moves for this long is cut, in milliseconds. */
export const DAV_SILENCE_MS = 120_000;
/** How long a refused upload may go on sending before its connection is cut, in milliseconds. */
export const DAV_REFUSED_SENDING_MS = 2_000;
/** Bytes of a request's path, decoded. */
export const DAV_PATH_BYTES_MAX = 4_096;
/** Folders in one another in a request's path. */
export const DAV_PATH_DEPTH_MAX = 64;
/** Bytes of one name in a path, in UTF-8. */
export const DAV_NAME_BYTES_MAX = 255;
/** Bytes of an XML body. */
export const XML_BYTES_MAX = 65_536;
/** Elements in one another in an XML body. */
export const XML_DEPTH_MAX = 32;
/** Elements, texts and attributes of an XML body. */
export const XML_NODES_MAX = 4_096;
/** Properties that one PROPFIND may name, and changes that one PROPPATCH may hold. */
export const PROPERTIES_ASKED_MAX = 256;
/** Properties that clients may give to one file or folder. */
export const DEAD_PROPERTIES_MAX = 64;
/** Bytes of all properties that clients gave to one file or folder: names and values in UTF-8. */
export const DEAD_PROPERTY_BYTES_MAX = 32_768;
/** Bytes of all properties that clients gave to anything in one mount. */
export const DEAD_PROPERTIES_BYTES_MAX: number = 8 << 20;
/** Locks of one mount at the same time. */
export const LOCKS_MAX = 1_024;
/** How long a lock holds without being refreshed, at most and by default, in milliseconds. */
export const LOCK_TIMEOUT_MS_MAX = 3_600_000;
/** Bytes that a client may say about the owner of a lock, as XML. */
export const LOCK_OWNER_BYTES_MAX = 4_096;
/** Conditions in an If header. */
export const IF_CONDITIONS_MAX = 64;
