// Stands in for the plugin of @1password/pulumi-onepassword 1.1.3, which no package registry has: one vault, one item. What
// it returns has the package's types (GetItemResult, GetVaultResult). It proves only this repository's side.
import { OperationFailed } from "../../sandbox/engine/shared/errors.ts";
import type { PropertyMap } from "../../sandbox/engine/shared/property-values.ts";
import { withoutSecrets } from "../../sandbox/engine/shared/property-values.ts";
import { serveProvider } from "../../sandbox/engine/shared/provider-server.ts";

const VAULT = "abcdefghijklmnopqrstuvwxyz";
let token: unknown;

const refuse = (why: string): never => {
  throw new OperationFailed("invalid", why);
};

function getItem(inputs: PropertyMap): PropertyMap {
  if (inputs["vault"] !== VAULT || inputs["title"] !== "LiteLLM") refuse("no such item");
  return {
    vault: VAULT,
    title: "LiteLLM",
    password: "",
    credential: "",
    noteValue: "",
    privateKey: "",
    sections: [
      { id: "s", label: "Keys", fields: [{ id: "f", label: "salt key", value: "the-value-in-the-vault" }] },
    ],
  };
}

await serveProvider({
  name: "onepassword",
  version: "1.1.3",
  configure: async (inputs) => {
    token = withoutSecrets(inputs)["serviceAccountToken"];
    return Promise.resolve();
  },
  invoke: async ({ token: called, inputs }) => {
    if (token !== "ops_the-token") refuse("the token is not valid");
    const plain = withoutSecrets(inputs);
    if (called === "onepassword:index/getItem:getItem") return Promise.resolve({ outputs: getItem(plain) });
    if (called !== "onepassword:index/getVault:getVault") return refuse(`no function ${called}`);
    return Promise.resolve({ outputs: { uuid: plain["name"] === "Lab" ? VAULT : refuse("no such vault") } });
  },
  check: () => refuse("it has no resources"),
  diff: () => refuse("it has no resources"),
  create: () => refuse("it has no resources"),
  read: () => refuse("it has no resources"),
  update: () => refuse("it has no resources"),
  delete: () => refuse("it has no resources"),
});
