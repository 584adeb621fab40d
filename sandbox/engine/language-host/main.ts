import { engineAddressFrom, runPluginProcess } from "../shared/plugin-process.ts";
import { createLanguageHost } from "./language-host.ts";

const { server, life } = createLanguageHost(engineAddressFrom(process.argv.slice(2)));
await runPluginProcess(server, life);
