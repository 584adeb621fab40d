// Rights of the platform and of a user of a tenant, as the API server answers.
import { expect } from "chai";
import { TENANT_RIGHTS } from "../../components/core/tenant-rights.ts";
import { EVERYBODYS_RIGHTS, resourceName, rightsOf } from "./access.ts";
import { job, pod } from "./objects.ts";
import { refused, TENANT, type TenantLab, USER } from "./tenant-lab.ts";

export function limitsRights(lab: TenantLab): void {
  describe("rights", () => {
    it("do not exist for any service account of the platform, in any namespace", async () => {
      for (const namespace of lab.namespaces) {
        const accounts = await lab.kubectl.value(
          `-n ${namespace} serviceaccounts`,
          ".items[*].metadata.name",
        );
        for (const account of accounts.split(" ")) {
          const subject = { user: `system:serviceaccount:${namespace}:${account}` };
          for (const asked of [namespace, "default", "kube-system"]) {
            const rights = await rightsOf(lab.kubectl, subject, asked);
            expect(rights, `${subject.user} in ${asked}`).to.deep.equal(EVERYBODYS_RIGHTS);
          }
        }
      }
    });

    it("of a tenant's users are those of the table in its namespace, and none in any other", async () => {
      const table = TENANT_RIGHTS.flatMap(({ group, resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resourceName(group, resource)}`)),
      );
      expect(await rightsOf(lab.kubectl, USER, TENANT)).to.deep.equal(
        [...EVERYBODYS_RIGHTS, ...table].sort(),
      );
      for (const other of [...lab.namespaces.filter((name) => name !== TENANT), "default", "kube-system"])
        expect(await rightsOf(lab.kubectl, USER, other), other).to.deep.equal(EVERYBODYS_RIGHTS);
    });

    it("would be found by the same check", async () => {
      const admin = { user: "root", groups: ["system:masters"] };
      expect(await rightsOf(lab.kubectl, admin, TENANT)).to.include("* *.*");
    });

    it("need no token: no pod of the platform has one", async () => {
      const pods = JSON.parse(
        await lab.kubectl.run("get pods -A -l app.kubernetes.io/part-of=llm-platform -o json"),
      ) as {
        items: readonly {
          metadata: { name: string };
          spec: { volumes?: readonly { projected?: object }[] };
        }[];
      };
      expect(pods.items.length).to.be.greaterThan(5);
      for (const { metadata, spec } of pods.items)
        expect(JSON.stringify(spec.volumes ?? []), metadata.name).to.not.include("serviceAccountToken");
    });

    const FORBIDDEN: Readonly<Record<string, string>> = {
      "take the namespace out of a policy": `label namespace ${TENANT} llm-platform/kueue-managed-`,
      "let more pods in": `label --overwrite namespace ${TENANT} pod-security.kubernetes.io/enforce=privileged`,
      "raise the quota": `-n ${TENANT} patch resourcequota tenant -p {"spec":{"hard":{"pods":"1000"}}}`,
      "remove the quota": `-n ${TENANT} delete resourcequota tenant`,
      "remove the limits": `-n ${TENANT} delete limitrange tenant`,
      "open the network": `-n ${TENANT} delete networkpolicy default-deny`,
      "give itself rights": `-n ${TENANT} create rolebinding more --clusterrole=admin --group=lab-users`,
      "have a token made": `-n ${TENANT} create token default`,
      "be reached from outside": `-n ${TENANT} create service nodeport door --tcp=80`,
      "be reached by a service of another kind": `-n ${TENANT} create service externalname door --external-name=example.org`,
      "be reached through an ingress": `-n ${TENANT} create ingress door --rule=example.org/=door:80`,
      "give its account another registry": `-n ${TENANT} patch serviceaccount default -p {"imagePullSecrets":[]}`,
      "make an account": `-n ${TENANT} create serviceaccount more`,
      "go before others": "create priorityclass first --value=1000",
      "debug a pod": `-n ${TENANT} patch pod any --subresource=ephemeralcontainers -p {}`,
      "have a token made for a pod": `-n ${TENANT} create token default --bound-object-kind=Pod --bound-object-name=any`,
      "read another namespace": "-n llm-gateway get secrets",
      "see who else is there": "get namespaces",
    };
    for (const [what, command] of Object.entries(FORBIDDEN)) {
      it(`do not let a tenant's user ${what}`, async () =>
        refused(await lab.asUser(command), 'is forbidden: User "alice" cannot'));
    }

    it("do not let a tenant's user change the status of a pod, and with it its labels", async () => {
      await lab.kubectl.create(pod("mine", TENANT));
      const patch = '{"metadata":{"labels":{"a":"b"}}}';
      const result = await lab.asUser(`-n ${TENANT} patch pod mine --subresource=status -p ${patch}`);
      await lab.kubectl.run(`-n ${TENANT} delete pod mine`);
      // kubectl reads before it writes.
      refused(result, /User "alice" cannot (get|patch) resource "pods\/status"/);
    });

    it("let a tenant's user work: run a job, and read the gateway's key, which is not the master key", async () => {
      expect((await lab.asUser("create -f -", job("train", TENANT))).output).to.equal(
        "job.batch/train created\n",
      );
      expect((await lab.asUser(`-n ${TENANT} delete job train`)).code).to.equal(0);
      const key = async (namespace: string, name: string) => {
        const secrets = await lab.kubectl.value(`-n ${namespace} secrets`, ".items[*].metadata.name");
        const found = secrets.split(" ").find((secret) => secret.startsWith(name)) ?? "";
        const read = await lab.asUser(`-n ${namespace} get secret ${found} -o jsonpath={.data.key}`);
        const value =
          read.code === 0
            ? read.output
            : await lab.kubectl.value(`-n ${namespace} secret ${found}`, ".data.key");
        return Buffer.from(value, "base64").toString();
      };
      const own = await key(TENANT, "litellm-key-tenant-lab-");
      expect(own).to.match(/^sk-\w{48}$/);
      expect(await key("llm-gateway", "litellm-master-key-"))
        .to.match(/^sk-\w{48}$/)
        .and.to.not.equal(own);
    });
  });
}
