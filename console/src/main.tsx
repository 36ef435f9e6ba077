import { render } from "preact";
import { must } from "../../src/base/errors.ts";
import { App } from "./app.tsx";
import { startConsole } from "./state/store.ts";

startConsole();
render(<App />, must(document.getElementById("console"), "index.html has the root element"));
