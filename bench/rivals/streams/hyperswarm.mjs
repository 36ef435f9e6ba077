// What hyperswarm's connections are: its Noise secret stream over UDX (UDP with its own congestion
// control), without the search for each other.
import SecretStream from "@hyperswarm/secret-stream";
import UDX from "udx-native";
import { address, counter, pipeOf, say, sender, task } from "./ends.mjs";

const [SERVER, CLIENT] = [1, 2];
const udx = new UDX();
const socket = udx.createSocket();
socket.bind(0, "127.0.0.1");

if (task === "serve") {
  const raw = udx.createStream(SERVER, {
    firewall(from, port, host) {
      raw.connect(from, CLIENT, port, host);
      return false;
    },
  });
  const stream = new SecretStream(false, raw);
  const count = counter(() => stream.write(Buffer.from("k")));
  stream.on("data", (chunk) => count(chunk.length));
  stream.on("error", () => process.exit(0));
  say(socket.address().port);
} else {
  const raw = udx.createStream(CLIENT);
  raw.connect(socket, SERVER, Number(address), "127.0.0.1");
  const stream = new SecretStream(true, raw);
  stream.once("connect", () => {
    const answered = sender(pipeOf(stream));
    stream.on("data", answered);
  });
}
