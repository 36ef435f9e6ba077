/** Bytes of a file that is looked into; a longer one is stored flat. */
export const MEDIA_BYTES_MAX: number = 64 << 20;
/** Bytes of a file of any type that goes wholly into the most important layer. */
export const TINY_BYTES_MAX = 4_096;
/** Bytes of a text that goes wholly into the most important layer. */
export const SMALL_TEXT_BYTES_MAX = 65_536;
/** Longer side of a preview picture, in pixels. */
export const PREVIEW_SIDE_MAX = 320;
/** Pixels of the longer side of a picture that somebody shows of themselves. */
export const PORTRAIT_SIDE_MAX = 256;
/** Pixels of the small picture that a camera put into a file; a larger one is no small picture. */
export const CAMERA_PIXELS_MAX: number = 1 << 20;
/** Bytes of a preview, however large the file. */
export const PREVIEW_BYTES_MAX: number = 128 << 10;
/** Bytes of a text, page or PDF that are looked into, from its start. */
export const DOCUMENT_BYTES_MAX: number = 32 << 20;
/** Bytes of the text of a document that is kept readable on its own. */
export const DOCUMENT_TEXT_BYTES_MAX: number = 4 << 20;
/** Pixels of a picture that is decoded whole (PNG, GIF, BMP, WebP). */
export const PICTURE_PIXELS_MAX = 32_000_000;
/** Groups of prefix codes of a lossless WebP; libwebp writes at most 2,600. */
export const WEBP_CODE_GROUPS_MAX = 4_096;
/** Samples of all components of a JPEG whose coefficients are held, two bytes each. */
export const JPEG_SAMPLES_MAX = 64_000_000;
/** Scans of one JPEG; encoders write about ten. */
export const JPEG_SCANS_MAX = 100;
/** Blocks that all scans of one JPEG visit together: bounds the time that a small file can take. */
export const JPEG_BLOCK_VISITS_MAX = 32_000_000;
/** Bytes of JPEG headers (camera data, colour profile) in the coarse layer; more goes to the end. */
export const JPEG_HEADER_BYTES_MAX = 4_096;
/** Bytes that one inflation may give out. */
export const INFLATED_BYTES_MAX: number = 128 << 20;
/** Members of an archive that are looked at. */
export const ARCHIVE_MEMBERS_MAX = 10_000;
/** Headings of a text in its outline. */
export const OUTLINE_LINES_MAX = 200;
/** Samples of a video that are looked at: more than two hours of them. */
export const SAMPLES_MAX = 500_000;
