import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";

const DEVICE = "mesh0";
/** UDP ports on loopback between this process and socat; each host has a loopback of its own. */
const OUR_PORT = 47_998;
const SOCAT_PORT = 47_999;
const BUFFER_BYTES = 4_000_000;

/** A TUN device that Debian's socat moves packets from and to, one per UDP datagram. */
export interface Tun {
  write(packet: Uint8Array): void;
}

/**
 * Makes a TUN device with this IPv6 address, responsible for all of fd00::/8. It goes when this
 * process does, however that ends.
 */
export async function openTun(
  address: string,
  mtuBytes: number,
  onPacket: (packet: Uint8Array) => void,
): Promise<Tun> {
  const ip = (...words: readonly string[]): void => {
    execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
  };
  ip("tuntap", "add", "dev", DEVICE, "mode", "tun");
  ip("link", "set", DEVICE, "mtu", String(mtuBytes), "up");
  ip("-6", "addr", "add", `${address}/8`, "dev", DEVICE, "nodad");
  const socket = createSocket({
    type: "udp4",
    recvBufferSize: BUFFER_BYTES,
    sendBufferSize: BUFFER_BYTES,
  });
  socket.on("message", onPacket);
  await new Promise<void>((resolve) => socket.bind(OUR_PORT, "127.0.0.1", resolve));
  const udp = `UDP4:127.0.0.1:${OUR_PORT},bind=127.0.0.1:${SOCAT_PORT}`;
  const buffers = `rcvbuf=${BUFFER_BYTES},sndbuf=${BUFFER_BYTES}`;
  const tun = `TUN,tun-name=${DEVICE},iff-no-pi,iff-up`;
  const words = ["--pdeathsig", "KILL", "socat", "-b", "65536", tun, `${udp},${buffers}`];
  spawn("setpriv", words, { stdio: ["ignore", "inherit", "inherit"] }).once("exit", (code) => {
    console.error(`socat ended with ${code}`);
    process.exit(1);
  });
  return { write: (packet) => socket.send(packet, SOCAT_PORT, "127.0.0.1") };
}
