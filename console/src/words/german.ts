import { camera } from "./de/camera.ts";
import { chat } from "./de/chat.ts";
import { common } from "./de/common.ts";
import { community } from "./de/community.ts";
import { devices } from "./de/devices.ts";
import { drive } from "./de/drive.ts";
import { groups } from "./de/groups.ts";
import { lan } from "./de/lan.ts";
import { look } from "./de/look.ts";
import { map } from "./de/map.ts";
import { money } from "./de/money.ts";
import { people } from "./de/people.ts";
import { picture } from "./de/picture.ts";
import { records } from "./de/records.ts";
import { recovery } from "./de/recovery.ts";
import { refusals } from "./de/refusals.ts";
import { settings } from "./de/settings.ts";
import { status } from "./de/status.ts";
import { told } from "./de/told.ts";
import { welcome } from "./de/welcome.ts";
import type { Words } from "./english.ts";
import type { Refusals } from "./refusals.ts";
import type { Told } from "./told.ts";

/** All words in German. */
export const GERMAN: Words & { readonly refusals: Refusals; readonly told: Told } = {
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
  refusals,
  settings,
  status,
  told,
  welcome,
};
