/**
 * The type token of each component (`llm-platform:<layer>:<Class>`). Tokens are part of the identity in the state:
 * never rename one without `aliases`.
 */
export const TOKENS = {
  Credential: "llm-platform:foundation:Credential",
  Job: "llm-platform:foundation:Job",
  Namespace: "llm-platform:foundation:Namespace",
  Network: "llm-platform:foundation:Network",
  NetworkProbe: "llm-platform:foundation:NetworkProbe",
  Storage: "llm-platform:foundation:Storage",
  Workload: "llm-platform:foundation:Workload",
  OnePassword: "llm-platform:foundation:OnePassword",
  Postgres: "llm-platform:data:Postgres",
  PostgresCluster: "llm-platform:data:PostgresCluster",
  PostgresExternal: "llm-platform:data:PostgresExternal",
  PostgresOperator: "llm-platform:data:PostgresOperator",
  Nats: "llm-platform:data:Nats",
  Redis: "llm-platform:data:Redis",
  RedisExternal: "llm-platform:data:RedisExternal",
  Etcd: "llm-platform:data:Etcd",
  LiteLlm: "llm-platform:gateway:LiteLlm",
  Phoenix: "llm-platform:tracing:Phoenix",
  OpenWebUi: "llm-platform:chat:OpenWebUi",
  Tenant: "llm-platform:tenancy:Tenant",
  KueueQueues: "llm-platform:tenancy:KueueQueues",
  Admission: "llm-platform:security:Admission",
  Kyverno: "llm-platform:security:Kyverno",
  SignedImages: "llm-platform:security:SignedImages",
} as const;
