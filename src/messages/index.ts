export { MessagesError } from "./errors.ts";
export * as limits from "./limits.ts";
export { KIND_TEXT, Messages, messageLabel } from "./messages.ts";
export type { MessagesEvents, MessagesOptions, MessagesQuery } from "./options.ts";
export type * from "./types.ts";
