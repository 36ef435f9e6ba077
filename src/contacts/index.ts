export type { About, Meeting, MeetingKind, Verified } from "./about.ts";
export { BookExchange, type BookExchangeOptions } from "./book/exchange.ts";
export { ContactCare, type ContactCareOptions } from "./care/care.ts";
export type { ImportOutcome } from "./care/import.ts";
export * as careLimits from "./care/limits.ts";
export { decodePersonLink } from "./care/person-link.ts";
export { skeleton } from "./confusables.ts";
export { Contacts } from "./contacts.ts";
export { ContactsError } from "./errors.ts";
export type { Greeted } from "./greetings.ts";
export { decodeInvite, type FirstContact } from "./invite.ts";
export * as limits from "./limits.ts";
export type {
  CardEdit,
  ContactsEvents,
  ContactsOptions,
  CreatedInvite,
  InviteWish,
} from "./options.ts";
export * as pictureLimits from "./pictures/limits.ts";
export { Pictures, type PicturesOptions } from "./pictures/pictures.ts";
export * from "./strangers/index.ts";
export type { Contact, ContactDevice, ContactRefusal } from "./types.ts";
