import { utf8 } from "../../base/bytes.ts";
import { NAME_BYTES_MAX } from "../../wire/limits.ts";
import { parseEndpoint } from "./addresses.ts";
import { AdapterError } from "./errors.ts";
import { parseObject } from "./home-files.ts";
import { CONFIG_LIST_MAX, GROUP_MEMBERS_MAX } from "./limits.ts";
import { parseS3Place } from "./s3/place.ts";
import type { S3Credentials } from "./s3/sign.ts";
import { parseSize } from "./size-text.ts";
import { isTunName } from "./tun/device.ts";

/** What `healing` in `config.json` may say; all optional. */
export interface HealingConfig {
  /** Bytes that healing may move in an hour; in the file a number, or a text such as "2 GB". */
  readonly perHourBytes?: number;
  /** How long any peer may be away before it counts as dead, in seconds; else that is learned. */
  readonly deadAfterSeconds?: number;
  /** How often other holders are asked what they have, in seconds. */
  readonly watchSeconds?: number;
  /** How long an agent waits for each one that comes before it, in seconds. */
  readonly turnSeconds?: number;
}

/** What `audits` in `config.json` may say; all optional. */
export interface AuditsConfig {
  /** In how many days every own object is audited once. */
  readonly everyDays?: number;
  /** Bytes that holders may be made to read in an hour; a number, or a text such as "16 GB". */
  readonly perHourBytes?: number;
}

/** Settings of a peer, all optional: what `config.json` in the home may say. */
export interface HomeConfig {
  /** The name that others see, up to 64 bytes. */
  readonly name?: string;
  /** UDP port, 0 for any free one. */
  readonly udpPort?: number;
  /** Where to listen for TCP links, such as "tcp://0.0.0.0:4711". */
  readonly listen?: readonly string[];
  /** Endpoints to keep dialled, such as "tcp://peer.example.org:4711". */
  readonly links?: readonly string[];
  /** Bytes kept for others; in the file a number, or a text such as "20 GB". */
  readonly quotaBytes?: number;
  /** Look for peers on the local networks. */
  readonly discovery?: boolean;
  /** Whether to repair what links lose, on links where the neighbour does so, too; it is unless this says false. */
  readonly repair?: boolean;
  /** What kind of machine this is: how much of the mesh it keeps in mind. */
  readonly profile?: (typeof PROFILES)[number];
  /** Name of the virtual interface to make at every start; needs root. */
  readonly tun?: string;
  /** Whether this machine's line costs by the byte; without it the system is asked. */
  readonly metered?: boolean;
  /** Let all programs know the names of contacts while there is a virtual interface. */
  readonly names?: boolean;
  /** UDP port of 127.0.0.1 at which questions about names are answered. */
  readonly dnsPort?: number;
  /** Take names that end with `.peer`, too, for names of this machine's contacts. */
  readonly shortNames?: boolean;
  /** How fragments that are lost are made anew by themselves; false: not at all. */
  readonly healing?: false | HealingConfig;
  /** How own objects are audited by themselves; false: not at all. */
  readonly audits?: false | AuditsConfig;
  /** Where blocks are kept: "disk", or a place such as "s3://bucket/path?endpoint=…". */
  readonly blocks?: string;
  /** Keys to that place, where the environment has none. */
  readonly s3?: S3Credentials;
  /** Groups that access rules may name, such as {"family": ["anna", "ben"]}. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
}

const PORT_MAX = 65_535;
const PROFILES = ["computer", "phone", "radio"] as const;

function refuse(file: string, member: string, write: string): never {
  throw new AdapterError(
    "bad-config",
    `${file}: "${member}" is not understood. Write ${write}, or leave the line out.`,
  );
}

function endpoints(
  file: string,
  member: string,
  value: unknown,
  schemes: readonly string[],
  example: string,
): string[] {
  if (!Array.isArray(value)) refuse(file, member, `a list such as ["${example}"]`);
  if (value.length > CONFIG_LIST_MAX) refuse(file, member, `at most ${CONFIG_LIST_MAX} entries`);
  return value.map((entry: unknown, position) => {
    const known =
      typeof entry === "string" &&
      schemes.some((scheme) => parseEndpoint(scheme, entry) !== undefined);
    return known
      ? entry
      : refuse(file, `${member}[${position}]`, `an address such as "${example}"`);
  });
}

/** Names of groups: what a host name may be made of. */
const GROUP_NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

function groupsIn(value: unknown, file: string): HomeConfig {
  const example = 'a map such as {"family": ["anna", "ben"]}';
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(file, "groups", example);
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  if (entries.length > CONFIG_LIST_MAX) refuse(file, "groups", `at most ${CONFIG_LIST_MAX} groups`);
  for (const [name, members] of entries) {
    const fits =
      GROUP_NAME.test(name) &&
      Array.isArray(members) &&
      members.length <= GROUP_MEMBERS_MAX &&
      members.every((member) => typeof member === "string");
    if (!fits) refuse(file, `groups.${name}`, `${example} with up to ${GROUP_MEMBERS_MAX} people`);
  }
  return { groups: Object.fromEntries(entries) as Record<string, string[]> };
}

const SECONDS_MAX = 30 * 86_400;
const DAYS_MAX = 3_650;

/** A member of a map of numbers: a size in bytes, or a number up to a limit. */
interface NumberMember {
  /** Its name in the settings. */
  readonly as: string;
  /** Undefined: a size, which may be a text such as "2 GB". */
  readonly max?: number;
}

/** A setting that is false, or a map of numbers from 1 on. */
function numbersIn(
  value: unknown,
  member: string,
  known: Readonly<Record<string, NumberMember>>,
  file: string,
  example: string,
): false | Readonly<Record<string, number>> {
  const what = `false, or a map such as ${example}`;
  if (value === false) return false;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuse(file, member, what);
  }
  const numbers: [string, number][] = [];
  for (const [name, given] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const { as, max } = (Object.hasOwn(known, name) ? known[name] : undefined) ?? {};
    const isText = typeof given === "string" && max === undefined;
    const number = isText ? parseSize(given) : given;
    const isNumber = typeof number === "number" && Number.isSafeInteger(number) && number >= 1;
    if (as === undefined || !isNumber || number > (max ?? number)) {
      refuse(file, `${member}.${name}`, what);
    }
    numbers.push([as, number]);
  }
  return Object.fromEntries(numbers);
}

const HEALING_MEMBERS = {
  perHour: { as: "perHourBytes" },
  deadAfterSeconds: { as: "deadAfterSeconds", max: SECONDS_MAX },
  watchSeconds: { as: "watchSeconds", max: SECONDS_MAX },
  turnSeconds: { as: "turnSeconds", max: SECONDS_MAX },
} satisfies Record<string, NumberMember & { as: keyof HealingConfig }>;

const AUDITS_MEMBERS = {
  perHour: { as: "perHourBytes" },
  everyDays: { as: "everyDays", max: DAYS_MAX },
} satisfies Record<string, NumberMember & { as: keyof AuditsConfig }>;

function s3In(value: unknown, file: string): HomeConfig {
  const { accessKeyId, secretAccessKey, sessionToken, ...more } = (
    typeof value === "object" && value !== null ? value : {}
  ) as Readonly<Record<string, unknown>>;
  const areTexts = typeof accessKeyId === "string" && typeof secretAccessKey === "string";
  const hasToken = typeof sessionToken === "string";
  if (!areTexts || (sessionToken !== undefined && !hasToken) || Object.keys(more).length > 0) {
    refuse(file, "s3", '{"accessKeyId": "…", "secretAccessKey": "…"}');
  }
  return { s3: { accessKeyId, secretAccessKey, ...(hasToken ? { sessionToken } : {}) } };
}

/** How each member is checked, given the file's name for messages. */
const MEMBERS: Readonly<Record<string, (value: unknown, file: string) => HomeConfig>> = {
  name: (value, file) => {
    const fits = typeof value === "string" && value !== "" && utf8(value).length <= NAME_BYTES_MAX;
    return fits ? { name: value } : refuse(file, "name", `a text of 1 to ${NAME_BYTES_MAX} bytes`);
  },
  udpPort: (value, file) => {
    const fits = typeof value === "number" && Number.isInteger(value) && value >= 0;
    return fits && value <= PORT_MAX
      ? { udpPort: value }
      : refuse(file, "udpPort", "a number from 0 (any free port) to 65535");
  },
  listen: (value, file) => ({
    listen: endpoints(file, "listen", value, ["tcp"], "tcp://0.0.0.0:4711"),
  }),
  links: (value, file) => ({
    links: endpoints(file, "links", value, ["tcp", "udp"], "tcp://peer.example.org:4711"),
  }),
  quota: (value, file) => {
    const bytes = typeof value === "string" ? parseSize(value) : value;
    return typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= 0
      ? { quotaBytes: bytes }
      : refuse(file, "quota", 'a size such as "20 GB" or a number of bytes');
  },
  discovery: (value, file) =>
    typeof value === "boolean" ? { discovery: value } : refuse(file, "discovery", "true or false"),
  repair: (value, file) =>
    typeof value === "boolean" ? { repair: value } : refuse(file, "repair", "true or false"),
  metered: (value, file) =>
    typeof value === "boolean" ? { metered: value } : refuse(file, "metered", "true or false"),
  profile: (value, file) => {
    const profile = PROFILES.find((known) => known === value);
    return profile ? { profile } : refuse(file, "profile", '"computer", "phone" or "radio"');
  },
  tun: (value, file) =>
    typeof value === "string" && isTunName(value)
      ? { tun: value }
      : refuse(file, "tun", 'a name that begins with peernet, such as "peernet0"'),
  dnsPort: (value, file) => {
    const fits = typeof value === "number" && Number.isInteger(value) && value >= 1;
    return fits && value <= PORT_MAX
      ? { dnsPort: value }
      : refuse(file, "dnsPort", "a number from 1 to 65535");
  },
  shortNames: (value, file) =>
    typeof value === "boolean"
      ? { shortNames: value }
      : refuse(file, "shortNames", "true or false"),
  names: (value, file) =>
    typeof value === "boolean" ? { names: value } : refuse(file, "names", "true or false"),
  healing: (value, file) => {
    const example = '{"perHour": "2 GB", "deadAfterSeconds": 3600}';
    return { healing: numbersIn(value, "healing", HEALING_MEMBERS, file, example) };
  },
  audits: (value, file) => {
    const example = '{"everyDays": 30, "perHour": "16 GB"}';
    return { audits: numbersIn(value, "audits", AUDITS_MEMBERS, file, example) };
  },
  blocks: (value, file) => {
    if (typeof value !== "string")
      refuse(file, "blocks", '"disk" or "s3://bucket/path?endpoint=…"');
    if (value !== "disk") parseS3Place(value);
    return { blocks: value };
  },
  s3: s3In,
  groups: groupsIn,
};

/**
 * The settings in a config file.
 * @throws AdapterError("bad-config") naming file, member and what to write
 */
export function parseConfig(text: string, file: string): HomeConfig {
  const found = parseObject(text);
  if (found === undefined) {
    throw new AdapterError(
      "bad-config",
      `${file} is no JSON object. Correct it, for instance to {"name": "Kitchen"}, or remove the file.`,
    );
  }
  let config: HomeConfig = {};
  for (const [member, value] of Object.entries(found)) {
    const check = Object.hasOwn(MEMBERS, member) ? MEMBERS[member] : undefined;
    if (check === undefined) {
      const known = Object.keys(MEMBERS).join(", ");
      throw new AdapterError(
        "bad-config",
        `${file}: there is no setting "${member}". Remove it; the settings are ${known}.`,
      );
    }
    config = { ...config, ...check(value, file) };
  }
  return config;
}
