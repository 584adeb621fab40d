import { z } from "zod";
import type { Context } from "./context.ts";
import type { Kubectl } from "./kubectl.ts";
import { exposeServices, urlProblem } from "./live-urls.ts";
import type { Sandbox } from "./sandbox.ts";
import {
  liveObjectSchema,
  outputsSchema,
  type Readiness,
  readiness,
  renderServices,
  type Service,
} from "./services.ts";

const listSchema = z.object({ items: z.array(liveObjectSchema) });

export interface ServiceTable {
  readonly text: string;
  readonly allReady: boolean;
}

/** The existing objects of one namespace, by "Kind/name", from one kubectl call. A missing object is no error. */
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

/** The stack's services, with the current state of each workload. */
export async function serviceTable(
  context: Context,
  { pulumi, kubectl }: Pick<Sandbox, "pulumi" | "kubectl">,
): Promise<ServiceTable> {
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
  const urls = await exposeServices(context, services);
  const rows = await Promise.all(
    services.map(async (service) => {
      const { kind, name } = service.workload;
      const url = urls.get(service.component);
      const state = await answers(readiness(live.get(service.namespace)?.get(`${kind}/${name}`)), url);
      return { ...service, state, ...(url === undefined ? {} : { url }) };
    }),
  );
  return { text: renderServices(rows), allReady: rows.every(({ state }) => state.ready) };
}

/** A printed URL must answer. */
async function answers(state: Readiness, url: string | undefined): Promise<Readiness> {
  if (!state.ready || url === undefined) return state;
  const problem = await urlProblem(url);
  return problem === undefined ? state : { ready: false, text: problem };
}
