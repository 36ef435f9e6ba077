import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Debian packages with photographs of many hands, and the photographs in each. */
const PACKAGES: readonly (readonly [name: string, folder: string, files: RegExp])[] = [
  ["lomiri-wallpapers-16.04", "usr/share/backgrounds", /\.jpg$/],
  ["lomiri-wallpapers-20.04", "usr/share/backgrounds", /^(Fossa|Kleiber)_.*\.jpg$/],
  ["mate-backgrounds", "usr/share/backgrounds/mate/nature", /\.jpg$/],
];

/** Outside the repository: what is unpacked here is never installed. */
const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "peernet-bench");

/** Unpacks a Debian package into the cache; its folder, or null where it cannot be had. */
function unpacked(name: string): string | null {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  const downloads = join(CACHE, "download", name);
  mkdirSync(downloads, { recursive: true });
  const options = { cwd: downloads, stdio: "ignore" } as const;
  if (spawnSync("apt-get", ["download", name], options).status !== 0) return null;
  const [file] = readdirSync(downloads).filter((entry) => entry.endsWith(".deb"));
  if (file === undefined) return null;
  return spawnSync("dpkg-deb", ["-x", file, folder], options).status === 0 ? folder : null;
}

/** A photograph as its photographer made it, a baseline or progressive JPEG. */
export interface Photo {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** All photographs that can be had; fetched once. */
export function photos(): readonly Photo[] {
  return PACKAGES.flatMap(([name, inside, files]) => {
    const folder = unpacked(name);
    if (folder === null) return [];
    const path = join(folder, inside);
    const names = readdirSync(path).filter((file) => files.test(file));
    return names.sort().map((file) => {
      return { name: file, bytes: new Uint8Array(readFileSync(join(path, file))) };
    });
  });
}

/** Pixels as djpeg gives them: three bytes each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Decodes JPEGs with Debian's djpeg (libjpeg-turbo): null where that cannot be had. */
export function referenceDecoder(): ((jpeg: Uint8Array) => Pixels) | null {
  const [tools, library] = [unpacked("libjpeg-turbo-progs"), unpacked("libjpeg62-turbo")];
  if (tools === null || library === null) return null;
  const libraries = join(library, "usr", "lib");
  const [triplet = ""] = readdirSync(libraries);
  const env = { ...process.env, LD_LIBRARY_PATH: join(libraries, triplet) };
  return (jpeg) => {
    const run = spawnSync(join(tools, "usr/bin/djpeg"), ["-rgb", "-ppm"], {
      input: jpeg,
      env,
      maxBuffer: 1 << 30,
    });
    return parsePixels(new Uint8Array(run.stdout));
  };
}

/** A PPM (P6) picture. */
function parsePixels(ppm: Uint8Array): Pixels {
  const head = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(new TextDecoder().decode(ppm.subarray(0, 64)));
  if (!head) throw new RangeError("djpeg gave no picture");
  const rgb = ppm.subarray(head[0].length);
  return { width: Number(head[1]), height: Number(head[2]), rgb };
}
