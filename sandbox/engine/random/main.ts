import randomPackage from "@pulumi/random/package.json" with { type: "json" };
import { serveProvider } from "../shared/provider-server.ts";
import { createRandomProvider } from "./random-provider.ts";

// The engine demands exactly the plugin version that the npm package names.
await serveProvider(createRandomProvider(randomPackage.version));
