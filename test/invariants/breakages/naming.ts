import { copy, drop, set } from "../../mutate.ts";
import { type Breakages, DEPLOYMENT, MASTER_KEY, POLICY } from "./breakage.ts";

export const NAMING: Breakages = {
  "every child has a parent": {
    "no parent": set(DEPLOYMENT, "parent", ""),
    "the stack as parent": set(DEPLOYMENT, "parent", "urn:pulumi:prod::llm-platform::pulumi:pulumi:Stack::x"),
  },
  "names begin with the parent's": { "another name": set(DEPLOYMENT, "name", "gateway-deployment") },
  "URNs and objects are unique": {
    "one object twice": copy(DEPLOYMENT, { urn: "urn:other" }),
    "one URN twice": copy(DEPLOYMENT, { id: "llm-gateway/other" }),
  },
  "names and labels are valid": {
    capitals: set(MASTER_KEY, "id", "llm-gateway/litellm-masterKey-12345678"),
    "a long name": set(DEPLOYMENT, "id", `llm-gateway/${"a".repeat(64)}`),
    "a label with blanks": set(DEPLOYMENT, ["inputs", "metadata", "labels", "app.kubernetes.io/name"], "a b"),
  },
  "component types come from the token table": { "a new type": set("litellm", "type", "llm-platform:x:New") },
  "components register no inputs": { "an input": set("litellm", "inputs.namespace", "llm-gateway") },
  "components register their outputs": { "no outputs": set("litellm", "outputs", undefined) },
  "one explicit provider manages every object": {
    "the default provider": set(DEPLOYMENT, "provider", ""),
    "another context": set("cluster", "inputs.context", "another-cluster"),
    "no provider": drop("cluster"),
    "two providers": copy("cluster", { name: "second" }),
  },
  "objects carry the platform's labels": {
    "no part-of": set(MASTER_KEY, ["inputs", "metadata", "labels", "app.kubernetes.io/part-of"], undefined),
    "another manager": set(POLICY, ["inputs", "metadata", "labels", "app.kubernetes.io/managed-by"], "hand"),
    "no name": set(POLICY, ["inputs", "metadata", "labels", "app.kubernetes.io/name"], undefined),
  },
};
