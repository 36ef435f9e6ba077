export { type FileNote, KIND_FOREIGN_MIN } from "./body.ts";
export { MessagesError } from "./errors.ts";
export type { LetterHandler } from "./letters.ts";
export * as limits from "./limits.ts";
export { Messages, type SendDone } from "./messages.ts";
export type { MessagesEvents, MessagesOptions, MessagesQuery } from "./options.ts";
export type { MessagesSettings } from "./settings.ts";
export type * from "./types.ts";
