import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { mockPassword } from "../../harness.ts";
import { set } from "../../mutate.ts";
import { API_KEY } from "../../program.ts";
import { type Breakages, container, DEPLOYMENT, MASTER_KEY, TEMPLATE } from "./breakage.ts";

const password = mockPassword("postgres-superuser-value", 48);

export const SECRETS: Breakages = {
  "no secret value is in clear": {
    "in a ConfigMap": set("litellm-config", "inputs.data", { "config.yaml": `api_key: ${API_KEY}` }),
    "in an argument": container("args.0", `--password=${password}`),
    "in base64": container("args.0", Buffer.from(`user:${password}`).toString("base64")),
    "in hex": container("args.0", Buffer.from(password).toString("hex")),
    "in a name": set(DEPLOYMENT, "name", `litellm-${password}`),
    "in a component's outputs": set("postgres", "outputs.url", `postgresql://postgres:${password}@postgres`),
    "in clear in a Secret": set(MASTER_KEY, "inputs.stringData", { key: API_KEY }),
  },
  "secret values are only in Secrets": {
    "marked in an environment": container("env", [
      {
        name: "URL",
        value: { [specialSigKey]: specialSecretSig, value: "x" },
      },
    ]),
  },
  "Secrets are marked, immutable and newly named": {
    "not marked": set(MASTER_KEY, "inputs.stringData", { key: "x" }),
    "no contents": set(MASTER_KEY, "inputs.stringData", undefined),
    mutable: set(MASTER_KEY, "inputs.immutable", undefined),
    "a fixed name": set(MASTER_KEY, "inputs.metadata.name", "litellm-master-key"),
    "the one that changes, replaced by the provider": set("cluster", "inputs.enableSecretMutable", undefined),
    "the one that changes, in no file": set("nats-server-statefulset", `${TEMPLATE}.volumes.0`, {
      name: "etc-nats",
      emptyDir: { sizeLimit: "1Mi" },
    }),
    "the one that changes, not marked": set("nats-users", "inputs.stringData", { "users.conf": "x" }),
  },
  "secret variables come from Secrets": {
    "a key in clear": container("env", [{ name: "LITELLM_MASTER_KEY", value: "sk-1234" }]),
    "another prefix of keys": container("env", [{ name: "LITELLM_KEY_PREFIX", value: "sk-" }]),
  },
};
