import { expect } from "chai";
import {
  GATEWAY,
  MODEL,
  problemsOf,
  type Refused,
  remove,
  removePath,
  set,
  setPath,
  source,
  withKey,
} from "./config-fixtures.ts";

describe("what parseConfig refuses", () => {
  const KNOWN =
    "profile, context, kubeconfig, namespacePrefix, features, images, secrets, ingressController, security, network, monitoring, inference, onepassword, storage, postgres, redis, nats, etcd, tracing, gateway, chat, tenants, kueue";

  const CASES: Refused = [
    [
      "an unknown key, with the nearest one",
      source({ gateway: undefined, gatway: GATEWAY, features: { gateway: false } }),
      {
        path: ["gatway"],
        value: JSON.stringify(GATEWAY),
        reason: `unknown key; did you mean "gateway"? (known keys: ${KNOWN})`,
        fix: `${remove}gatway && ${set}gateway '${JSON.stringify(GATEWAY)}'`,
      },
    ],
    ...[
      "postgres:18.6",
      "docker.io/library/postgres",
      "docker.io/library/postgres:latest",
      "docker.io/library/postgres:18",
      "18.6",
    ].map(
      (reference) =>
        [
          `the image ${reference}, which is no whole reference to a version`,
          source({ images: { postgres: reference } }),
          {
            path: ["images", "postgres"],
            value: reference,
            reason:
              "expected a whole reference: host, path, exact version, and the digest if there is one (registry.example.org/postgres:18.6@sha256:...)",
            fix: setPath("images.postgres", "docker.io/library/postgres:18.6"),
          },
        ] as const,
    ),
    [
      "an unknown key with a value that the nearest one could take",
      source({ namspacePrefix: "team-a" }),
      {
        path: ["namspacePrefix"],
        value: "team-a",
        reason: `unknown key; did you mean "namespacePrefix"? (known keys: ${KNOWN})`,
        fix: `${remove}namspacePrefix && ${set}namespacePrefix team-a`,
      },
    ],
    [
      "an unknown key beside the one that it is like, which stays as it is",
      source({ contxt: "other" }),
      {
        path: ["contxt"],
        value: "other",
        reason: `unknown key; did you mean "context"? (known keys: ${KNOWN})`,
        fix: `${remove}contxt`,
      },
    ],
    [
      "an unknown key that is like no other, which gives its value to none",
      source({ zzz: "x" }),
      {
        path: ["zzz"],
        value: "x",
        reason: `unknown key; did you mean "nats"? (known keys: ${KNOWN})`,
        fix: `${remove}zzz`,
      },
    ],
    [
      "an unknown key that is named like a secret, without its value",
      source({ openaiToken: "sk-in-clear" }),
      {
        path: ["openaiToken"],
        value: "[secret]",
        reason: `unknown key; did you mean "profile"? (known keys: ${KNOWN})`,
        fix: `${remove}openaiToken`,
      },
    ],
    [
      "an unknown key inside a section",
      source({ features: { postgre: false } }),
      {
        path: ["features", "postgre"],
        value: false,
        reason:
          'unknown key; did you mean "postgres"? (known keys: postgres, redis, nats, etcd, tracing, gateway, chat, onepassword, storage, security, kueue)',
        fix: `${removePath("features.postgre")} && ${setPath("features.postgres", "false")}`,
      },
    ],
    [
      "an unknown key of a model",
      withKey([{ ...MODEL, apibase: "https://models.example.org" }]),
      {
        path: ["gateway", "models", 0, "apibase"],
        value: "https://models.example.org",
        reason:
          'unknown key; did you mean "apiBase"? (known keys: name, provider, model, apiKey, apiBase, price, server, response)',
        fix: `${removePath("gateway.models[0].apibase")} && ${setPath("gateway.models[0].apiBase", "https://models.example.org")}`,
      },
    ],
    [
      "a profile that is none",
      source({ profile: "staging" }),
      { path: ["profile"], value: "staging", reason: "expected one of: dev, prod", fix: `${set}profile dev` },
    ],
    [
      "an empty context",
      source({ context: "" }),
      { path: ["context"], value: "", reason: "must not be empty", fix: `${set}context my-cluster` },
    ],
    [
      "no context, where kubectl has one",
      source({ context: undefined }),
      {
        path: ["context"],
        reason:
          'no cluster is named: kubectl would use "other" of /home/me/.kube/config, but a stack must name its cluster',
        fix: `${set}context other`,
      },
    ],
    [
      "no context, where kubectl has none",
      source({ context: undefined }, { contexts: { source: "/nowhere", names: [] } }),
      {
        path: ["context"],
        reason: "no cluster is named: /nowhere has no current context either",
        fix: `${set}context '<context>'`,
      },
    ],
    [
      "a context that the kubeconfig does not have",
      source({ context: "gone" }),
      {
        path: ["context"],
        value: "gone",
        reason: "no such context in /home/me/.kube/config (it has: test, other)",
        fix: `${set}context test`,
      },
    ],
    [
      "a context, where the kubeconfig has none",
      source({}, { contexts: { source: "/nowhere", names: [] } }),
      {
        path: ["context"],
        value: "test",
        reason: "no such context in /nowhere (it has: none)",
        fix: `${set}context '<context>'`,
      },
    ],
    [
      "an empty kubeconfig path",
      source({ kubeconfig: "" }),
      {
        path: ["kubeconfig"],
        value: "",
        reason: "must not be empty",
        fix: `${set}kubeconfig /home/me/.kube/config`,
      },
    ],
    [
      "a prefix that is no Kubernetes name",
      source({ namespacePrefix: "LLM_" }),
      {
        path: ["namespacePrefix"],
        value: "LLM_",
        reason: "expected lower-case letters, digits and dashes, at most 20, beginning with a letter",
        fix: `${set}namespacePrefix llm`,
      },
    ],
    [
      "a prefix that is too long",
      source({ namespacePrefix: "a".repeat(21) }),
      {
        path: ["namespacePrefix"],
        value: "a".repeat(21),
        reason: "expected lower-case letters, digits and dashes, at most 20, beginning with a letter",
        fix: `${set}namespacePrefix llm`,
      },
    ],
    [
      "a section that is no section",
      source({ features: "on" }),
      {
        path: ["features"],
        value: "on",
        reason: "expected a section with keys of its own",
        fix: `${remove}features`,
      },
    ],
    [
      "a toggle that is text",
      source({ features: { postgres: "yes" } }),
      {
        path: ["features", "postgres"],
        value: "yes",
        reason: "expected a boolean",
        fix: setPath("features.postgres", "true"),
      },
    ],
    [
      "a secret that is no secret",
      source({ namespacePrefix: "llm" }, { secretKeys: new Set(["namespacePrefix"]) }),
      {
        path: ["namespacePrefix"],
        value: "[secret]",
        reason: "is not a secret and must be readable in reviews",
        fix: `${remove}namespacePrefix && ${set}namespacePrefix llm`,
      },
    ],
    [
      "a secret that no model names, without its value",
      source(
        { features: { gateway: false }, gateway: { models: [MODEL] }, openrouterKey: "sk-other" },
        { secretKeys: new Set(["openrouterKey"]) },
      ),
      {
        path: ["openrouterKey"],
        value: "[secret]",
        reason: `unknown key; did you mean "openrouterApiKey"? (known keys: ${KNOWN}, openrouterApiKey)`,
        fix: `${remove}openrouterKey && pulumi config set --secret llm-platform:openrouterApiKey`,
      },
    ],
  ];

  for (const [what, from, wanted] of CASES) {
    it(what, () => expect(problemsOf(from)).to.deep.equal([wanted]));
  }
});
