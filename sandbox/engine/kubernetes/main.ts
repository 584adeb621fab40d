import kubernetesPackage from "@pulumi/kubernetes/package.json" with { type: "json" };
import { serveProvider } from "../shared/provider-server.ts";
import { KubernetesProvider } from "./provider.ts";

// The engine demands exactly the plugin version that the npm package names.
await serveProvider(new KubernetesProvider(kubernetesPackage.version));
