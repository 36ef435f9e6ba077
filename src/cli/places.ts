import { fileURLToPath } from "node:url";

// The command is bundled into files beside this one, so all of these are found from here alone.

/** The command's own file, to start further peers. */
export const MAIN_FILE: string = fileURLToPath(new URL("./main.js", import.meta.url));
/** All that the command does, bundled. */
export const PROGRAM_FILE: string = fileURLToPath(new URL("./program.cjs", import.meta.url));
/** The built console page. */
export const CONSOLE_FOLDER: string = fileURLToPath(new URL("../console", import.meta.url));
/** What names the version. */
export const PACKAGE_FILE: string = fileURLToPath(new URL("../../package.json", import.meta.url));
/** The thread that cuts files into layers. */
export const LAYERING_FILE: URL = new URL("../adapters/node/layering/worker.js", import.meta.url);
/** The thread that makes stripes of objects. */
export const STRIPES_FILE: URL = new URL("../adapters/node/stripes/worker.js", import.meta.url);
