// One end of a call: UDP packets at a fixed pace, each with the time at which it was sent (the
// monotonic clock, which all namespaces of a machine share).
//   receive <port>                                 prints a JSON list of the latencies in ms when stdin ends
//   send <address> <port> <count> <intervalMs> <bytes>
import { createSocket } from "node:dgram";

const [task, ...words] = process.argv.slice(2);

function receive(port) {
  const latencies = [];
  const socket = createSocket("udp6");
  socket.on("message", (packet) => {
    latencies.push(Number(process.hrtime.bigint() - packet.readBigUInt64BE()) / 1e6);
  });
  socket.bind(port, "::", () => console.error("bound"));
  process.stdin.resume().once("end", () => {
    console.log(JSON.stringify(latencies));
    process.exit(0);
  });
}

function send(address, port, count, intervalMs, bytes) {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const packet = Buffer.alloc(bytes);
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    // Timers that are late must not stretch the call.
    for (; sent < count && performance.now() - began >= sent * intervalMs; sent++) {
      packet.writeBigUInt64BE(process.hrtime.bigint());
      socket.send(Buffer.from(packet), port, address);
    }
    if (sent < count) return;
    clearInterval(timer);
    socket.close();
  }, 1);
}

if (task === "receive") receive(Number(words[0]));
else send(words[0], ...words.slice(1).map(Number));
