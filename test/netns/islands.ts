import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  FolderBody,
  FolderLinksBody,
  FoldersBody,
  ObjectsBody,
  StatusBody,
} from "../../src/api/client/index.ts";
import { jpegPhoto } from "../browser/photo.ts";
import { setCable } from "./faults.ts";
import { type Host, Lab, waitUntil } from "./lab.ts";

/** Islands of two hosts each; the second host of each has the folder. */
const ISLANDS = 3;
const SEE_MS = 60_000;
const FOLDER = "shared";

/** What became of everything on three islands that were apart for a while. */
export interface IslandsOutcome {
  readonly hosts: number;
  /** Files and objects whose writers, on the islands, were told that they are safe. */
  readonly acknowledged: number;
  /** Of those, what some member of the folder, or another island, cannot read whole, in words. */
  readonly lost: readonly string[];
  /** On how many islands the picture was asked for while they were apart, and seen. */
  readonly previews: { readonly tried: number; readonly seen: number };
  /** Layers that each of them had of the picture, such as `2/3`. */
  readonly layers: readonly string[];
  /** Versions of the file that all islands wrote, as each member finds them. */
  readonly versions: readonly number[];
}

/** A directory with files that nobody else writes, and one that all write. */
function makeFiles(place: string, island: number): Map<string, Buffer> {
  const files = new Map([
    [`note-${island}.txt`, Buffer.from(`a note of island ${island}`)],
    [`middle-${island}.bin`, Buffer.alloc(20_000, `middle ${island} `)],
    [`large-${island}.bin`, Buffer.alloc(150_000, `large ${island} `)],
    ["plan.txt", Buffer.from(`the plan of island ${island}`)],
  ]);
  mkdirSync(place, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(place, name), bytes);
  return files;
}

/** Three islands of two hosts with real peers, and cables between them that are pulled. */
export class IslandsLab {
  readonly #lab = new Lab(2 * ISLANDS);
  readonly #place = mkdtempSync(join(tmpdir(), "peernet-islands-"));

  /** Writes before, cuts, writes on every island, heals, and reads everything everywhere. */
  async run(): Promise<IslandsOutcome> {
    await this.#begin();
    const picture = await this.#putPicture();
    this.#setSea("down");
    await this.#seeing(1);
    const layers = await Promise.all(this.#members.map((host) => this.#look(host, picture)));
    const files = await this.#writeApart();
    const objects = await Promise.all(this.#members.map((host) => this.#putObject(host)));
    this.#setSea("up");
    await this.#seeing(this.#lab.hosts.length - 1);
    const reads = await Promise.all(this.#members.map((host) => this.#readAll(host, files)));
    const strangers = await Promise.all(
      objects.map((link, island) => this.#getObject(island, link)),
    );
    return {
      hosts: this.#lab.hosts.length,
      acknowledged: files.length + objects.length,
      lost: [...reads.flatMap(({ lost }) => lost), ...strangers.flat()],
      previews: { tried: layers.length, seen: layers.filter((text) => text !== "").length },
      layers,
      versions: reads.map(({ versions }) => versions),
    };
  }

  async remove(): Promise<void> {
    await this.#lab.remove();
    rmSync(this.#place, { recursive: true, force: true });
  }

  get #members(): readonly Host[] {
    return this.#lab.hosts.filter(({ index }) => index % 2 === 1);
  }

  /** Everybody sees everybody, and three have a folder with one file in it. */
  async #begin(): Promise<void> {
    for (let island = 0; island < ISLANDS; island++) this.#lab.link(2 * island, 2 * island + 1);
    for (const [a, b] of this.#sea()) this.#lab.link(a, b);
    await Promise.all(this.#lab.hosts.map((host) => host.start()));
    await this.#seeing(this.#lab.hosts.length - 1);
    const [first, ...others] = this.#members;
    if (first === undefined) throw new RangeError("there are members");
    await first.call("POST", "/v1/folders", { name: FOLDER });
    const links = (await first.call("GET", `/v1/folders/${FOLDER}/links`)).json as FolderLinksBody;
    await Promise.all(
      others.map((host) => host.call("POST", "/v1/folders", { link: links.write })),
    );
    const place = join(this.#place, "before");
    mkdirSync(place);
    writeFileSync(join(place, "plan.txt"), "the plan as it was");
    await first.peernetBeside("folder", "put", FOLDER, place, "all");
    await this.#waitForFolders((body) => body.files === 1);
  }

  /** A picture at default placement, all of whose fragments are with their holders; its link. */
  async #putPicture(): Promise<string> {
    const file = join(this.#place, "photo.jpg");
    writeFileSync(file, jpegPhoto());
    const owner = this.#lab.host(0);
    const link = (await owner.peernetBeside("put", file)).trim();
    const isSpread = async (): Promise<boolean> => {
      const { objects } = (await owner.call("GET", "/v1/objects")).json as ObjectsBody;
      return objects.length === 1 && objects.every(({ health }) => health.waiting === 0);
    };
    await expectSoon("the picture is not spread", isSpread);
    return link;
  }

  /** The layers of the picture that a host sees now; empty where it sees none. */
  async #look(host: Host, link: string): Promise<string> {
    const target = join(this.#place, `seen-${host.index}.jpg`);
    try {
      const text = await host.peernetBeside("get", link, "--preview", "-o", target, "--json");
      const isPicture = readFileSync(target).subarray(0, 2).toString("hex") === "ffd8";
      return isPicture ? (JSON.parse(text) as { readonly layers: string }).layers : "";
    } catch {
      return "";
    }
  }

  /** Every member writes files of its own and one that all write; what was acknowledged. */
  async #writeApart(): Promise<readonly Buffer[]> {
    const written = await Promise.all(
      this.#members.map(async (host, island) => {
        const place = join(this.#place, `island-${island}`);
        const files = makeFiles(place, island);
        await host.peernetBeside("folder", "put", FOLDER, place, "all");
        return [...files.values()];
      }),
    );
    return written.flat();
  }

  async #putObject(host: Host): Promise<string> {
    const file = join(this.#place, `object-${host.index}.txt`);
    writeFileSync(file, objectBytes(this.#members.indexOf(host)));
    return (await host.peernetBeside("put", file)).trim();
  }

  /** The first host of the next island reads an object. */
  async #getObject(island: number, link: string): Promise<readonly string[]> {
    const reader = this.#lab.host(2 * ((island + 1) % ISLANDS));
    const target = join(this.#place, `got-${island}.txt`);
    const isGot = async (): Promise<boolean> => {
      await reader.peernetBeside("get", link, "-o", target);
      return readFileSync(target).equals(objectBytes(island));
    };
    const isThere = await waitUntil(() => isGot().catch(() => false), SEE_MS, 500);
    return isThere === undefined ? [`the object of island ${island}`] : [];
  }

  /** Which of the files a member does not find with all their bytes, and what it has of the plan. */
  async #readAll(
    host: Host,
    files: readonly Buffer[],
  ): Promise<{ readonly lost: readonly string[]; readonly versions: number }> {
    const target = join(this.#place, `all-${host.index}`);
    let missing = files;
    let versions = 0;
    const isWhole = async (): Promise<boolean> => {
      rmSync(target, { recursive: true, force: true });
      await host.peernetBeside("folder", "get", FOLDER, "all", "-o", target);
      const names = readdirSync(target);
      const found = names.map((name) => readFileSync(join(target, name)));
      versions = names.filter((name) => name.startsWith("plan")).length;
      missing = files.filter((bytes) => !found.some((each) => each.equals(bytes)));
      return missing.length === 0;
    };
    await waitUntil(() => isWhole().catch(() => false), SEE_MS, 500);
    const words = missing.map((bytes) => `host ${host.index} lacks '${bytes.subarray(0, 24)}'`);
    return { lost: words, versions };
  }

  /** Waits until every host sees exactly so many others. */
  #seeing(count: number): Promise<void> {
    return expectSoon(`not everybody sees ${count} others`, async () => {
      const seen = await Promise.all(this.#lab.hosts.map((host) => host.call("GET", "/v1/status")));
      return seen.every(({ json }) => (json as StatusBody).reachableCount === count);
    });
  }

  #waitForFolders(condition: (body: FolderBody) => boolean): Promise<void> {
    return expectSoon("the folder is not the same everywhere", async () => {
      const all = await Promise.all(this.#members.map((host) => host.call("GET", "/v1/folders")));
      return all.every(({ json }) => (json as FoldersBody).folders.every(condition));
    });
  }

  /** Cables between the first hosts of every two islands. */
  #sea(): readonly (readonly [number, number])[] {
    const firsts = Array.from({ length: ISLANDS }, (_, island) => 2 * island);
    return firsts.flatMap((a) => firsts.filter((b) => b > a).map((b) => [a, b] as const));
  }

  #setSea(state: "up" | "down"): void {
    for (const [a, b] of this.#sea()) setCable(this.#lab.host(a), b, state);
  }
}

function objectBytes(island: number): Buffer {
  return Buffer.alloc(60_000, `an object of island ${island}\n`);
}

async function expectSoon(trouble: string, condition: () => Promise<boolean>): Promise<void> {
  if ((await waitUntil(condition, SEE_MS, 250)) !== undefined) return;
  throw new RangeError(`${trouble} after ${SEE_MS / 1_000} s`);
}
