// Loopback URLs of the services on the live node, for a browser on this machine.
import { setTimeout as sleep } from "node:timers/promises";
import { exposeLive } from "../live/exposure.ts";
import type { Context } from "./context.ts";
import type { Service } from "./services.ts";

/** A URL for each HTTP service, by component. Empty if pods are simulated. */
export async function exposeServices(
  { live, paths }: Context,
  services: readonly Service[],
): Promise<ReadonlyMap<string, string>> {
  if (!live) return new Map();
  const http = services.filter(({ protocol }) => protocol === "http");
  const table = Object.fromEntries(http.map((service) => [service.component, serviceOf(service)]));
  return new Map(Object.entries(await exposeLive(table, paths)));
}

/** `litellm.llm-gateway.svc.cluster.local:4000` is port 4000 of the Service litellm. */
function serviceOf({ address, namespace }: Service) {
  const [host = "", port = ""] = address.split(":");
  return { namespace, service: host.split(".")[0] ?? "", port: Number(port) };
}

/** A Service routes to a new pod shortly after the pod is ready. */
const patience = 15;

/** Why a URL does not answer, or undefined if it does. A login page counts as an answer. */
export async function urlProblem(url: string, patienceSeconds = patience): Promise<string | undefined> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    try {
      const { status } = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: "manual" });
      if (status < 500) return undefined;
      if (Date.now() > deadline) return `${url} answers ${status}`;
    } catch (error) {
      if (Date.now() > deadline) return `${url} does not answer: ${reasonOf(error)}`;
    }
    await sleep(500);
  }
}

/** `fetch` fails with "fetch failed" and puts the reason into the error's cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { readonly message: string; readonly cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}
