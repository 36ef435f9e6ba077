// Answers every question about a name: node name-server.mjs ADDRESS IPV4. For tests.
import { createSocket } from "node:dgram";

const [address = "127.0.0.1", answer = "127.0.0.1"] = process.argv.slice(2);
const A = 1;
const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
socket.on("message", (question, from) => {
  // Header (12), name, type (2), class (2) (RFC 1035 section 4.1).
  const end = question.indexOf(0, 12) + 5;
  const isA = question.readUInt16BE(end - 4) === A;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(isA ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const record = Buffer.from([
    0xc0,
    12,
    0,
    A,
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    4,
    ...answer.split(".").map(Number),
  ]);
  console.log(`asked by ${from.address}`);
  socket.send(
    Buffer.concat([head, question.subarray(12, end), ...(isA ? [record] : [])]),
    from.port,
    from.address,
  );
});
socket.bind(53, address, () => console.log("ready"));
