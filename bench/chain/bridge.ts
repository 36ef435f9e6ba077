import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { openHome } from "../../src/adapters/node/home.ts";
import { toHex } from "../../src/base/bytes.ts";
import { startDaemon } from "../../src/cli/daemon/daemon.ts";
import { takeIdentity } from "../../src/cli/daemon/identity.ts";
import { deriveDevice, formatAddress, type PeerId } from "../../src/identity/index.ts";
import { cut, Joiner, PIECE_HEADER_BYTES, PIECES } from "./pieces.ts";
import { openTun, type Tun } from "./tun.ts";

// A peer as `peernet up` runs it, with its IPv6 address on a TUN device: packets to other peers'
// addresses travel as session datagrams. Peernet itself has no virtual interface yet.

const SERVICE = "bench-ip";
const MESH_PREFIX = 0xfd;
const IPV6_HEADER_BYTES = 40;
const DESTINATION_OFFSET = 24;

/** Makes a peer's identity, and writes its address beside it. */
async function prepare(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const home = await openHome(join(directory, "home"));
  const suite = createNodeSuite();
  const { stored } = await takeIdentity(home, suite, { name: undefined });
  await home.close();
  const address = formatAddress(deriveDevice(suite, stored.deviceSeed).id);
  writeFileSync(join(directory, "address"), `${address}\n`);
}

/** Runs the peer and its device until the process ends. */
async function run(directory: string): Promise<void> {
  const daemon = await startDaemon({
    home: join(directory, "home"),
    ...{ name: undefined, listen: [], links: [], apiPort: 0 },
    ...{ discovery: undefined, udpPort: undefined, quotaBytes: undefined },
    onWarning: (sentence) => console.error(sentence),
  });
  const { session, identity } = daemon.peer;
  const sizeMax = session.datagramBytesMax();
  const joiners = new Map<PeerId, Joiner>();
  let tun: Tun | undefined;
  let number = 0;
  session.serveDatagrams(SERVICE, (from, datagram) => {
    const joiner = joiners.get(from.id) ?? new Joiner();
    joiners.set(from.id, joiner);
    const packet = joiner.take(datagram);
    if (packet !== undefined) tun?.write(packet);
  });
  const mtuBytes = PIECES * (sizeMax - PIECE_HEADER_BYTES);
  tun = await openTun(formatAddress(identity.id), mtuBytes, (packet) => {
    if (packet.length < IPV6_HEADER_BYTES || packet[DESTINATION_OFFSET] !== MESH_PREFIX) return;
    const to = toHex(packet.subarray(DESTINATION_OFFSET, IPV6_HEADER_BYTES));
    number = (number + 1) & 0xffff;
    for (const piece of cut(packet, sizeMax, number)) session.sendDatagram(to, SERVICE, piece);
    daemon.poke();
  });
  console.error(`${formatAddress(identity.id)} runs, MTU ${mtuBytes}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => daemon.stop());
  await daemon.ended;
  process.exit(0);
}

const [task, directory = ""] = process.argv.slice(2);
await (task === "run" ? run(directory) : prepare(directory));
