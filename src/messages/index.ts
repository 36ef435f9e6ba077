export type { Correspondent, Correspondents, Message } from "./types.ts";
