export type { Contact, ContactDevice, ContactRefusal } from "./types.ts";
