/** The type token of each component (`llm-platform:<layer>:<Class>`). Tokens are identity in state: never rename one without `aliases`. */
export const TOKENS = {
  Credential: "llm-platform:foundation:Credential",
  Job: "llm-platform:foundation:Job",
  Namespace: "llm-platform:foundation:Namespace",
  Network: "llm-platform:foundation:Network",
  Workload: "llm-platform:foundation:Workload",
  Postgres: "llm-platform:data:Postgres",
  LiteLlm: "llm-platform:gateway:LiteLlm",
} as const;
