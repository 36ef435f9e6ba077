import { access, constants, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Diagnostic } from "../../adapters/node/diagnostics.ts";
import { whyNoHome } from "../../adapters/node/file-words.ts";
import type { FindingBody } from "../../api/client/index.ts";
import type { Peer } from "../../peer/index.ts";
import { formatBytes } from "../output.ts";
import { counted } from "../words.ts";

/** Free space below which storing will soon fail, in bytes. */
const FREE_BYTES_LOW = 500_000_000;
/** No sane clock shows a time before this code was written. */
const EARLIEST_YEAR = 2026;
const LATEST_YEAR = 2100;

/** What may stand in the way of this peer, as far as it can see from inside. */
export async function diagnose(
  peer: Peer,
  diagnostics: readonly Diagnostic[],
  home: string,
): Promise<readonly FindingBody[]> {
  return [
    ...diagnostics.map(ofDiagnostic),
    ofNeighbours(peer, diagnostics),
    ...ofStanding(peer.devices.isOut),
    ofClock(new Date()),
    ofNode(process.versions.node),
    await ofHome(home),
    await ofSpace(home),
  ];
}

function ok(
  id: string,
  title: string,
  code: FindingBody["code"] = null,
  facts: FindingBody["facts"] = {},
): FindingBody {
  return { id, level: "ok", code, facts, title, advice: "" };
}

/** What a part of this peer has found on this machine. */
export function ofDiagnostic({ id, ok: fine, detail, told }: Diagnostic): FindingBody {
  const { code, facts } = told ?? { code: null, facts: {} };
  if (fine) return ok(id, detail, code, facts);
  const end = detail.indexOf(". ");
  const hint = { id, level: "hint", code, facts } as const;
  if (end < 0) return { ...hint, title: detail, advice: "" };
  return { ...hint, title: detail.slice(0, end + 1), advice: detail.slice(end + 2) };
}

function ofNeighbours(peer: Peer, diagnostics: readonly Diagnostic[]): FindingBody {
  const neighbours = [...peer.link.neighbours()];
  const silent = neighbours.filter((neighbour) => neighbour.suspect).length;
  if (neighbours.length > 0) {
    const title = `${counted(neighbours.length, "neighbour")}${silent > 0 ? `, ${silent} of them silent now` : ""}`;
    return ok("neighbours", title, "neighbours", { count: neighbours.length, silent });
  }
  const multicastWorks = diagnostics.every((one) => one.ok || !one.id.startsWith("multicast"));
  return {
    id: "neighbours",
    level: "problem",
    code: multicastWorks ? "nobody" : "nobody-blind",
    facts: {},
    title: "Nobody has been found yet.",
    advice: multicastWorks
      ? "This machine can look around. If another peer runs on the same network: its firewall or this one's " +
        "may block UDP port 47117 and the peers' own ports (allow them), or the access point keeps its " +
        "devices apart ('client isolation', 'guest network': use the main network or a cable). Otherwise " +
        "link by hand: peernet link tcp://HOST:PORT, with an address that 'peernet status' shows there."
      : "Looking around by multicast does not work on this machine (see above). Link by hand: " +
        "peernet link tcp://HOST:PORT, with an address that 'peernet status' shows on the other peer.",
  };
}

/** Says that this very device was revoked, which nothing else on it would show. */
export function ofStanding(isOut: boolean): readonly FindingBody[] {
  if (!isOut) return [];
  return [
    {
      id: "revoked",
      level: "problem",
      code: "revoked",
      facts: {},
      title: "This device was revoked by another device of yours, for good.",
      advice:
        "Contacts refuse what comes from it. To use this machine again, stop this peer and begin a " +
        "new home: peernet device join --home DIR, or peernet restore --home DIR with the 24 words.",
    },
  ];
}

/** Judges this machine's wall clock: invites and message times depend on it. */
export function ofClock(now: Date): FindingBody {
  const year = now.getUTCFullYear();
  if (year >= EARLIEST_YEAR && year < LATEST_YEAR)
    return ok("clock", `The clock shows ${now.toISOString()}`, "clock", { atMs: now.getTime() });
  return {
    id: "clock",
    level: "problem",
    code: "clock-wrong",
    facts: { year },
    title: `The clock shows the year ${year}.`,
    advice:
      "Set date and time: invites would seem expired and messages wrongly dated. Linking works all the same.",
  };
}

/** Judges the version of Node. */
export function ofNode(version: string): FindingBody {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19))
    return ok("node", `Node ${version}`, "node", { version });
  return {
    id: "node",
    level: "problem",
    code: "node-old",
    facts: { version },
    title: `Node ${version} is too old.`,
    advice: "Install Node 20.19 or newer from https://nodejs.org.",
  };
}

/** Whether the home can be written. */
export async function ofHome(home: string): Promise<FindingBody> {
  try {
    await access(home, constants.R_OK | constants.W_OK);
    return ok("home", `The home ${home} can be written`, "home", { home });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      const title = `The home ${home} is not there yet; the first 'peernet up' makes it`;
      return ok("home", title, "home-missing", { home });
    }
    return {
      id: "home",
      level: "problem",
      code: "home-closed",
      facts: { home },
      title: `The home ${home} cannot be written.`,
      advice:
        "Give yourself the right to write there, or choose another directory with --home DIR.",
    };
  }
}

/** Whether there is space left where the home is, or will be. */
export async function ofSpace(home: string): Promise<FindingBody> {
  try {
    const { bavail, bsize } = await statfs(home);
    const free = bavail * bsize;
    const size = formatBytes(free);
    const facts = { gigabytes: (free / 1e9).toFixed(1), size };
    if (free >= FREE_BYTES_LOW)
      return ok("space", `${size} free on the disk of the home`, "space", facts);
    return {
      id: "space",
      level: "problem",
      code: "space-low",
      facts,
      title: `Only ${size} are free on the disk of the home.`,
      advice: "Make room, or give less to others: peernet up --give 1GB.",
    };
  } catch (error) {
    const above = dirname(home);
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && above !== home) return ofSpace(above);
    return {
      id: "space",
      level: "hint",
      code: "space-unknown",
      facts: { home, why: whyNoHome(error) },
      title: `How much space is left at ${home} cannot be read: ${whyNoHome(error)}`,
      advice: "Look yourself whether the disk has room: 'df -h' shows it.",
    };
  }
}
