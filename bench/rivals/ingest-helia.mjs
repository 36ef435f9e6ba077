// Puts a file into Helia's UnixFS over a store in memory. Arguments: file, bytes to put before to
// warm up. Prints bytes of the file per microsecond of processor time.
import { createReadStream, statSync } from "node:fs";
import { unixfs } from "@helia/unixfs";
import { MemoryBlockstore } from "blockstore-core";

const [file = "", warm = "0"] = process.argv.slice(2);
const put = async (end) => {
  const files = unixfs({ blockstore: new MemoryBlockstore() });
  await files.addByteStream(createReadStream(file, { end, highWaterMark: 1 << 18 }));
};

await put(Number(warm) - 1);
const bytes = statSync(file).size;
const start = process.cpuUsage();
await put(bytes - 1);
const { user, system } = process.cpuUsage(start);
console.log(bytes / (user + system));
process.exit();
