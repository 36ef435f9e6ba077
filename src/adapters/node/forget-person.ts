import { rm } from "node:fs/promises";
import { join } from "node:path";
import { must } from "../../base/errors.ts";
import { OWN_SHARES } from "../../devices/index.ts";
import { createNodeSuite } from "./crypto.ts";
import type { Home } from "./home.ts";
import { openRecordStore } from "./records.ts";
import { localIdentityOf } from "./stored-identity.ts";
import { RESCUE_FILE } from "./visiting/rescue.ts";

/**
 * Makes a home that holds the person's secret one of a device that does not: what is left is its
 * certificate. Shares for friends, which together are the secret, go first.
 * @throws AdapterError, DiskError
 */
export async function forgetPerson(home: Home): Promise<void> {
  const stored = must(home.identity, "somebody lives here");
  const { personEntropy: _secret, wordsShown: _shown, ...rest } = stored;
  const { personId: _id, ...membership } = localIdentityOf(createNodeSuite(), stored).certificate;
  const records = await openRecordStore(home.recordsDirectory);
  try {
    await new Promise<void>((resolve, reject) => {
      records.write([{ key: OWN_SHARES, value: null }], (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  } finally {
    await records.close();
  }
  // A restore by friends that died at its very end has left their shares behind.
  await rm(join(home.directory, RESCUE_FILE), { force: true });
  await home.writeIdentity({ ...rest, membership });
}
