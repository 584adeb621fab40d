// The key of a tenant at the gateway, used by a pod of the tenant.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { serviceHost } from "../../components/core/connection.ts";
import { LITELLM, LITELLM_PORT } from "../../components/litellm/endpoints.ts";
import { GATEWAY, type LiveStack, TENANT } from "./live-stack.ts";
import { eventually, hardened, hardenedPod } from "./node.ts";

const ADDRESS = `http://${serviceHost(LITELLM, GATEWAY)}:${LITELLM_PORT}/v1/chat/completions`;
/** Prints the status and the answer. The key comes on standard input. */
const ASK = `
import json, sys, urllib.error, urllib.request
url, question = sys.argv[1:]
body = json.dumps({"model": "mock", "messages": [{"role": "user", "content": question}], "max_tokens": 20}).encode()
headers = {"Authorization": "Bearer " + sys.stdin.read(), "Content-Type": "application/json"}
try:
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
`;

export function givesTenantsKeys(stack: LiveStack): void {
  describe("gives a tenant", () => {
    const ask = async (key: string): Promise<string> => {
      const { code, stdout, stderr } = await stack.workplace.shell(
        "live",
        `printf '%s' "$KEY" | kubectl -n ${TENANT} exec -i client -- python3 -c "$ASK" "$URL" ${randomUUID()}`,
        { KEY: key, ASK, URL: ADDRESS },
      );
      expect(code, stderr).to.equal(0);
      return stdout;
    };
    const key = (): Promise<string> => stack.secret(TENANT, "litellm-key-tenant-lab", "key");

    before(async () => {
      const image = await stack.kubectl(
        `-n ${GATEWAY} get deployment ${LITELLM} -o jsonpath={.spec.template.spec.containers[0].image}`,
      );
      const resources = { cpu: "100m", memory: "64Mi" };
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace: TENANT, name: "client" },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          securityContext: hardenedPod,
          containers: [
            {
              name: "client",
              image,
              command: ["sleep", "infinity"],
              securityContext: hardened,
              resources: { requests: resources, limits: resources },
            },
          ],
        },
      };
      await stack.workplace.shellDone("live", `printf '%s' "$POD" | kubectl create -f -`, {
        POD: JSON.stringify(pod),
      });
      await stack.kubectl(`-n ${TENANT} wait --for=condition=Ready pod/client --timeout=60s`);
    });
    after(() => stack.kubectl(`-n ${TENANT} delete pod client`));

    it("a key of its own, which is not the administrator's", async () => {
      expect(await key()).to.not.equal(await stack.masterKey());
      expect(await ask(await key())).to.match(/^200 /);
      expect(await ask("sk-wrong-key-0000001")).to.match(/^401 /);
    });

    it("answers until its budget is spent, and says so in the error", async () => {
      // A question and its answer have about 50 tokens, so the second one costs more than what is left.
      const price = "llm-platform:gateway.models[0].price";
      await stack.workplace.shellDone(
        "live",
        [
          `pulumi config set --stack live --path '${price}.inputPerMillionTokens' 10000`,
          `pulumi config set --stack live --path '${price}.outputPerMillionTokens' 10000`,
          "pulumi config set --stack live --path 'llm-platform:gateway.keys.tenant-lab.budget.usd' 1",
        ].join("\n"),
      );
      await stack.workplace.makeDone("live");
      let answered = 0;
      const refused = await eventually(async () => {
        const answer = await ask(await key());
        if (!answer.startsWith("200 ")) return answer;
        answered += 1;
        return undefined;
      });
      expect(answered).to.be.within(1, 4);
      expect(refused).to.match(/^422 /).and.to.contain("budget_exceeded");
    });
  });
}
