export { StrangersDoor, type StrangersDoorOptions } from "./door.ts";
export * as strangerLimits from "./limits.ts";
export { TrayExchange, type TrayExchangeOptions } from "./own/exchange.ts";
export { TRAY_TALK } from "./own/protocol.ts";
export type { TrayRequest, WaitingAnswer } from "./own/words.ts";
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
