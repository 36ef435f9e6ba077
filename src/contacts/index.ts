export { Contacts, type CreatedInvite } from "./contacts.ts";
export { ContactsError } from "./errors.ts";
export * as limits from "./limits.ts";
export type { ContactsEvents, ContactsOptions } from "./options.ts";
export type { Contact, ContactDevice, ContactRefusal } from "./types.ts";
