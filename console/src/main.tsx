import { render } from "preact";
import { must } from "../../src/base/errors.ts";
import { App } from "./app.tsx";
import { startConsole } from "./state/store.ts";
import { startTheme } from "./state/theme.ts";
import { startLanguage } from "./words/language.ts";

startTheme();
await startLanguage();
startConsole();
render(<App />, must(document.getElementById("console"), "index.html has the root element"));
