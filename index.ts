import { loadConfig } from "./stacks/load-config.ts";
import { buildPlatform } from "./stacks/platform.ts";

export const { services, secrets } = buildPlatform(loadConfig());
