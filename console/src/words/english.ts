import { camera } from "./en/camera.ts";
import { chat } from "./en/chat.ts";
import { common } from "./en/common.ts";
import { community } from "./en/community.ts";
import { devices } from "./en/devices.ts";
import { drive } from "./en/drive.ts";
import { groups } from "./en/groups.ts";
import { lan } from "./en/lan.ts";
import { look } from "./en/look.ts";
import { map } from "./en/map.ts";
import { money } from "./en/money.ts";
import { people } from "./en/people.ts";
import { picture } from "./en/picture.ts";
import { records } from "./en/records.ts";
import { recovery } from "./en/recovery.ts";
import { settings } from "./en/settings.ts";
import { status } from "./en/status.ts";
import { welcome } from "./en/welcome.ts";
import type { Refusals } from "./refusals.ts";
import type { Told } from "./told.ts";

/** Every word of the page; every language has the same members. */
export interface Words {
  readonly camera: typeof camera;
  readonly chat: typeof chat;
  readonly common: typeof common;
  readonly community: typeof community;
  readonly devices: typeof devices;
  readonly drive: typeof drive;
  readonly groups: typeof groups;
  readonly lan: typeof lan;
  readonly look: typeof look;
  readonly map: typeof map;
  readonly money: typeof money;
  readonly people: typeof people;
  readonly picture: typeof picture;
  readonly records: typeof records;
  readonly recovery: typeof recovery;
  /** Null in English, which is what the peer itself says, with names and numbers. */
  readonly refusals: Refusals | null;
  readonly settings: typeof settings;
  readonly status: typeof status;
  /** As `refusals`: null where the peer itself speaks the language. */
  readonly told: Told | null;
  readonly welcome: typeof welcome;
}

/** See Words. */
export const ENGLISH: Words = {
  camera,
  chat,
  common,
  community,
  devices,
  drive,
  groups,
  lan,
  look,
  map,
  money,
  people,
  picture,
  records,
  recovery,
  refusals: null,
  settings,
  status,
  told: null,
  welcome,
};
