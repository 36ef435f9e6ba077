// TLS as Node has it, AES-256-GCM; a pre-shared key saves the certificate and changes nothing after
// the handshake.
import { connect, createServer } from "node:tls";
import { address, counter, pipeOf, say, sender, task } from "./ends.mjs";

const psk = Buffer.alloc(32, 7);
const common = { ciphers: "PSK-AES256-GCM-SHA384", maxVersion: "TLSv1.2" };

if (task === "serve") {
  const server = createServer({ ...common, pskCallback: () => psk }, (socket) => {
    const count = counter(() => socket.write("k"));
    socket.on("data", (chunk) => count(chunk.length));
    socket.on("error", () => process.exit(0));
  });
  server.listen(0, "127.0.0.1", () => say(server.address().port));
} else {
  const socket = connect({
    ...{ ...common, host: "127.0.0.1", port: Number(address) },
    pskCallback: () => ({ psk, identity: "bench" }),
    checkServerIdentity: () => undefined,
  });
  socket.once("secureConnect", () => {
    const answered = sender(pipeOf(socket));
    socket.on("data", answered);
  });
}
