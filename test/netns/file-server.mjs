// Serves the files of a folder: node file-server.mjs FOLDER ADDRESS PORT. For tests.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

const [folder = ".", address = "127.0.0.1", port = "8000"] = process.argv.slice(2);
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://x");
  const file = join(folder, normalize(decodeURIComponent(pathname)));
  const info = statSync(file, { throwIfNoEntry: false });
  if (!info?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-length": info.size });
  if (request.method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
});
server.listen(Number(port), address, () => console.log("ready"));
