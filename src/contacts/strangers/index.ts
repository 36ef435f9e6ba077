export { StrangersDoor, type StrangersDoorOptions } from "./door.ts";
export * as strangerLimits from "./limits.ts";
export { edgePeopleOf, metKeys } from "./people.ts";
export type {
  Acquaintance,
  Bonds,
  EdgePeople,
  GroupMates,
  NextHop,
  StrangersEvents,
  StrangersOptions,
  Ways,
} from "./ports.ts";
export { STRANGER_TALK, type StrangerAnswer, type StrangerQuestion } from "./protocol.ts";
export type { StrangerSettings } from "./settings.ts";
export { Strangers } from "./strangers.ts";
export type { Introduced, Passage, Sent, StrangerRequest, TrayAnswer } from "./types.ts";
