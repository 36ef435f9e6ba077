// Puts a file into a hyperdrive on disk. Arguments: file, bytes to put before to warm up. Prints
// bytes of the file per microsecond of processor time.
import { createReadStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Corestore from "corestore";
import Hyperdrive from "hyperdrive";

const [file = "", warm = "0"] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "peernet-bench-hyperdrive-"));
const drive = new Hyperdrive(new Corestore(directory));
await drive.ready();

/** Its streams are streamx's, which node:stream's pipeline does not see the end of. */
async function put(name, end) {
  const into = drive.createWriteStream(name);
  const closed = new Promise((resolve, reject) => into.on("close", resolve).on("error", reject));
  for await (const chunk of createReadStream(file, { end, highWaterMark: 1 << 18 })) {
    if (!into.write(chunk)) await new Promise((resolve) => into.once("drain", resolve));
  }
  into.end();
  await closed;
}

await put("/warm", Number(warm) - 1);
const bytes = statSync(file).size;
const start = process.cpuUsage();
await put("/object", bytes - 1);
const { user, system } = process.cpuUsage(start);
console.log(bytes / (user + system));
await drive.close();
rmSync(directory, { recursive: true });
process.exit();
