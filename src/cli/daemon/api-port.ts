import { type ApiServer, type ApiServerOptions, startApiServer } from "../../api/index.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import type { RecordStore } from "../../ports/index.ts";

const KEY = "api-port";

/**
 * Starts the API at the port that it had last, where nobody said which: an installed page finds
 * its peer again. Where another program has that port by now, at any free one.
 * @throws ApiError("conflict") where the port that was asked for is taken, DiskError
 */
export async function startApiAtUsualPort(
  records: RecordStore,
  options: ApiServerOptions,
): Promise<ApiServer> {
  const usual = options.port === 0 ? await readPort(records) : options.port;
  const server = await startApiServer({ ...options, port: usual }).catch((error: unknown) => {
    const isTaken = error instanceof TypedError && error.code === "conflict";
    if (!isTaken || options.port !== 0) throw error;
    return startApiServer(options);
  });
  if (options.port === 0 && server.port !== usual) await keepPort(records, server.port);
  return server;
}

function readPort(records: RecordStore): Promise<number> {
  return new Promise((resolve, reject) => {
    records.scan(KEY, (error, found) => {
      if (error !== null) return reject(error);
      const text = fromUtf8(found.find(({ key }) => key === KEY)?.value ?? new Uint8Array());
      const port = Number(/^1 (\d{1,5})$/.exec(text ?? "")?.[1] ?? 0);
      resolve(port > 65_535 ? 0 : port);
    });
  });
}

function keepPort(records: RecordStore, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // The first number is the version of this record.
    const value = utf8(`1 ${port}`);
    records.write([{ key: KEY, value }], (error) => (error === null ? resolve() : reject(error)));
  });
}
