import { chat } from "./en/chat.ts";
import { common } from "./en/common.ts";
import { devices } from "./en/devices.ts";
import { groups } from "./en/groups.ts";
import { people } from "./en/people.ts";
import { recovery } from "./en/recovery.ts";
import { settings } from "./en/settings.ts";
import { welcome } from "./en/welcome.ts";

/** Every word of the page; German has the same members. */
export interface Words {
  readonly chat: typeof chat;
  readonly common: typeof common;
  readonly devices: typeof devices;
  readonly groups: typeof groups;
  readonly people: typeof people;
  readonly recovery: typeof recovery;
  readonly settings: typeof settings;
  readonly welcome: typeof welcome;
}

/** See Words. */
export const ENGLISH: Words = {
  chat,
  common,
  devices,
  groups,
  people,
  recovery,
  settings,
  welcome,
};
