import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer, connect as dial, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { freePort, PeerProcess, until } from "../../test/cli/peer-process.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";

const HOLDERS = 10;
/** Of the 40 fragments every holder has four, so half of them go with half of the holders. */
const KILLED = HOLDERS / 2;
const MIB = 2 ** 20;
const OBJECT_BYTES = 1024 * MIB;
const REDUCED_BYTES = 128 * MIB;
const READS = 9;

/** One link through which all bytes of the reader pass, counted as they are on the wire. */
class CountedLink {
  readonly #server: Server;
  receivedBytes = 0;

  constructor(toPort: number) {
    this.#server = createServer((near) => {
      const far = dial(toPort, "127.0.0.1");
      far.on("data", (chunk) => {
        this.receivedBytes += chunk.length;
      });
      near.pipe(far).on("error", () => near.destroy());
      far.pipe(near).on("error", () => far.destroy());
    });
  }

  async listen(): Promise<number> {
    const port = await freePort();
    await new Promise<void>((done) => this.#server.listen(port, "127.0.0.1", done));
    return port;
  }

  close(): void {
    this.#server.close();
  }
}

async function writeRandom(file: string, sizeBytes: number): Promise<void> {
  const handle = await open(file, "w");
  const block = Buffer.alloc(MIB);
  for (let at = 0; at < sizeBytes; at += MIB) {
    for (let i = 0; i < MIB; i += 4)
      block.writeUInt32LE((Math.imul(i + at, 2654435761) ^ i) >>> 0, i);
    await handle.write(block);
  }
  await handle.close();
}

async function put(peer: PeerProcess, file: string): Promise<string> {
  const body = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>;
  return (await peer.client.putObject("large.bin", body)).link;
}

interface Read {
  readonly firstByteMs: number;
  readonly bytes: number;
}

async function readRange(peer: PeerProcess, link: string, from: number): Promise<Read> {
  const startMs = performance.now();
  const { url, token } = peer.up;
  const response = await fetch(`${url}/v1/objects/${encodeURIComponent(link)}`, {
    headers: { authorization: `Bearer ${token}`, range: `bytes=${from}-${from + MIB - 1}` },
  });
  let firstByteMs = Number.NaN;
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    if (bytes === 0) firstByteMs = performance.now() - startMs;
    bytes += chunk.length;
  }
  return { firstByteMs, bytes };
}

/**
 * One MiB out of the middle of a large object while half of its holders, the one that put it
 * among them, are dead. The reader is a new peer with an empty disk behind one counted link.
 */
export async function rangeRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-bench-range-"));
  const sizeBytes = full ? OBJECT_BYTES : REDUCED_BYTES;
  const peers: PeerProcess[] = [];
  try {
    const ports = await Promise.all(Array.from({ length: HOLDERS }, freePort));
    for (const [i, port] of ports.entries()) {
      // Everybody dials everybody who will live, and the first is dialled by all.
      const links = ports
        .slice(KILLED)
        .concat(ports.slice(0, 1))
        .filter((other) => other !== port);
      const words = links.flatMap((other) => ["--link", `tcp://127.0.0.1:${other}`]);
      const home = join(folder, `holder${i}`);
      peers.push(
        new PeerProcess(home, ["--no-discovery", "--listen", `tcp://127.0.0.1:${port}`, ...words]),
      );
    }
    for (const peer of peers) await peer.start();
    const file = join(folder, "large.bin");
    await writeRandom(file, sizeBytes);
    const [first] = peers;
    if (first === undefined) throw new Error("there is a first holder");
    await until(async () => (await first.client.status()).reachableCount === HOLDERS - 1, 60_000);
    const link = await put(first, file);
    await until(async () => (await first.client.objectHealth(link)).waiting === 0, 600_000, 1_000);
    for (const peer of peers.slice(0, KILLED)) await peer.kill();
    return await measure(folder, ports[KILLED] ?? 0, link, sizeBytes, peers);
  } finally {
    await Promise.all(peers.map((peer) => peer.end("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  folder: string,
  toPort: number,
  link: string,
  sizeBytes: number,
  peers: PeerProcess[],
): Promise<BenchRow[]> {
  const counted = new CountedLink(toPort);
  const port = await counted.listen();
  const words = ["--no-discovery", "--link", `tcp://127.0.0.1:${port}`];
  const reader = new PeerProcess(join(folder, "reader"), words);
  peers.push(reader);
  try {
    await reader.start();
    const living = HOLDERS - KILLED;
    await until(async () => (await reader.client.status()).reachableCount === living, 60_000);
    const fetched: number[] = [];
    const firstBytes: number[] = [];
    for (let i = 0; i < READS; i++) {
      const before = counted.receivedBytes;
      // Never at the border of a stripe: the range lies in two of them.
      const from = Math.floor((sizeBytes * (i + 1)) / (READS + 2)) + 333_333;
      const read = await readRange(reader, link, from);
      if (read.bytes !== MIB) throw new Error(`a read gave ${read.bytes} bytes`);
      fetched.push((counted.receivedBytes - before) / MIB);
      firstBytes.push(read.firstByteMs);
    }
    const note = `${READS} reads from ${sizeBytes / MIB} MiB, ${KILLED} of ${HOLDERS} holders with half of the fragments dead; bytes on the wire of the reader's only link`;
    const reduced = sizeBytes < OBJECT_BYTES;
    return [
      { ...benchRow("store.range.fetched.MiB", Math.max(...fetched), "MiB"), note, reduced },
      {
        ...benchRow("store.range.first-byte.ms", median(firstBytes), "ms"),
        note: `${note}; all but the first know the head of the object from the reads before`,
        reduced,
      },
      {
        ...benchRow("store.range.first-read.first-byte.ms", firstBytes[0] ?? null, "ms"),
        note: "the first of them, by a peer that has read nothing before",
        reduced,
      },
    ];
  } finally {
    counted.close();
  }
}
