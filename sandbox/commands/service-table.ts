import { z } from "zod";
import type { Kubectl } from "./kubectl.ts";
import type { Pulumi } from "./pulumi.ts";
import { liveObjectSchema, outputsSchema, readiness, renderServices, type Service } from "./services.ts";

const listSchema = z.object({ items: z.array(liveObjectSchema) });

export interface ServiceTable {
  readonly text: string;
  readonly allReady: boolean;
}

/** Objects of one namespace that exist, by "Kind/name"; one kubectl call, and one that is missing is no error. */
async function liveObjects(kubectl: Kubectl, namespace: string, services: readonly Service[]) {
  const names = services.map(({ workload }) => `${workload.kind.toLowerCase()}/${workload.name}`);
  const text = await kubectl(
    "--namespace",
    namespace,
    "get",
    "--ignore-not-found",
    "--output",
    "json",
    ...names,
  );
  if (text.trim() === "") return new Map<string, z.infer<typeof liveObjectSchema>>();
  const answer = JSON.parse(text) as { kind: string };
  const items = answer.kind === "List" ? listSchema.parse(answer).items : [liveObjectSchema.parse(answer)];
  return new Map(items.map((item) => [`${item.kind}/${item.metadata.name}`, item]));
}

/** The stack's services, each with the state of its workload as it is now. */
export async function serviceTable(pulumi: Pulumi, kubectl: Kubectl): Promise<ServiceTable> {
  const { services } = outputsSchema.parse(JSON.parse(await pulumi.query(["stack", "output", "--json"])));
  const namespaces = [...new Set(services.map(({ namespace }) => namespace))];
  const live = new Map(
    await Promise.all(
      namespaces.map(async (namespace) => {
        const ours = services.filter((service) => service.namespace === namespace);
        return [namespace, await liveObjects(kubectl, namespace, ours)] as const;
      }),
    ),
  );
  const rows = services.map((service) => ({
    ...service,
    state: readiness(live.get(service.namespace)?.get(`${service.workload.kind}/${service.workload.name}`)),
  }));
  return { text: renderServices(rows), allReady: rows.every(({ state }) => state.ready) };
}
