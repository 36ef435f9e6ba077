import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

/** Both ends of somebody else's encrypted stream, in two processes on this machine. */
export interface StreamRival {
  readonly name: string;
  /** What runs, or why it does not. */
  readonly note: string;
  /** Absent where it cannot run. */
  readonly start?: (bytes: number) => Promise<StreamRun>;
}

/** A connection that stands. */
export interface StreamRun {
  /** Of both ends. */
  readonly pids: readonly number[];
  /** Sends the bytes; MB/s until the far end has said that it has them all. */
  round(): Promise<number>;
  end(): void;
}

/** Other projects' packages are never dependencies of ours: they live here. */
const folder = resolve(".cache/rivals/streams");
const source = resolve("bench/rivals/streams");
/** js-libp2p 3 does not run on older ones. */
const NODE = { name: `node-${process.platform}-${process.arch}`, version: "22.23.3" };
const PACKAGES: Readonly<Record<string, string>> = {
  "@chainsafe/libp2p-noise": "17.0.0",
  "@chainsafe/libp2p-yamux": "8.0.1",
  "@hyperswarm/secret-stream": "6.9.2",
  "@libp2p/tcp": "11.0.28",
  "@multiformats/multiaddr": "13.0.3",
  [NODE.name]: NODE.version,
  libp2p: "3.3.11",
  "udx-native": "1.21.3",
};
const ANSWER_MS = 60_000;

/** js-libp2p, hyperswarm's streams and Node's TLS; installs the packages of the former. */
export function streamRivals(): readonly StreamRival[] {
  const why = installPackages();
  const newerNode = join(folder, "node_modules", NODE.name, "bin", "node");
  const tls = `node:tls of Node ${process.versions.node}, PSK-AES256-GCM-SHA384 over TCP`;
  const libp2p = `${PACKAGES["libp2p"]} with TCP, Noise and Yamux on Node ${NODE.version}`;
  const hyperswarm = `secret-stream ${PACKAGES["@hyperswarm/secret-stream"]} over UDX`;
  return [
    why === undefined
      ? { name: "libp2p", note: libp2p, start: starter("libp2p", newerNode) }
      : { name: "libp2p", note: why },
    why === undefined
      ? { name: "hyperswarm", note: hyperswarm, start: starter("hyperswarm") }
      : { name: "hyperswarm", note: why },
    { name: "tls", note: tls, start: starter("tls") },
  ];
}

/** Why they are not there, or undefined. */
function installPackages(): string | undefined {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(source)) copyFileSync(join(source, file), join(folder, file));
  const isThere = (name: string): boolean => existsSync(join(folder, "node_modules", name));
  if (Object.keys(PACKAGES).every(isThere)) return undefined;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact"];
  const { status } = spawnSync("npm", [...words, ...wanted], { cwd: folder, stdio: "ignore" });
  return status === 0 ? undefined : "npm could not install it";
}

function starter(name: string, node: string = process.execPath) {
  return async (bytes: number): Promise<StreamRun> => {
    const server = new End(node, [`${name}.mjs`, "serve", String(bytes)]);
    const address = await server.line();
    const client = new End(node, [`${name}.mjs`, "dial", String(bytes), address]);
    await client.line();
    return {
      pids: [server, client].map(({ process: { pid } }) => pid ?? 0),
      round: async () => bytes / 1_000 / Number(await client.askLine()),
      end: () => {
        client.process.kill();
        server.process.kill();
      },
    };
  };
}

/** A process that talks in lines. */
class End {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(node: string, words: readonly string[]) {
    const child = spawn(node, words, { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
    this.process = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  /** @throws RangeError where it ended or says nothing */
  async line(): Promise<string> {
    const late = setTimeout(() => this.process.kill(), ANSWER_MS);
    const { value, done } = await this.#lines.next();
    clearTimeout(late);
    if (done === true) throw new RangeError("a rival's process ended");
    return value;
  }

  askLine(): Promise<string> {
    this.process.stdin?.write("go\n");
    return this.line();
  }
}
