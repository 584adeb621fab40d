// The real manager of Kueue, as a pod of the live node.
import { areInstalled, installObjects, type KueueSetting } from "../../cluster/kueue/manager.ts";
import { KUEUE_NAMESPACE } from "../../cluster/kueue/objects.ts";
import { CERTIFICATE_SECRET } from "../../cluster/kueue/render.ts";
import { upstreamObjects } from "../../cluster/kueue/source.ts";
import type { StatePaths } from "../../paths.ts";
import { ensureTools } from "../../tools/ensure.ts";
import { insidePrefix } from "../enter.ts";
import { ensureRecipes } from "../images/build.ts";
import { recipes } from "../images/table.ts";
import { registryAddress } from "../layout.ts";
import { pushImages } from "../registry.ts";
import { renderOnNode } from "./render.ts";

/** Where upstream publishes it: https://github.com/kubernetes-sigs/kueue/releases */
const REPOSITORY = "registry.k8s.io/kueue/kueue";
const DEPLOYMENT = "deployment/kueue-controller-manager";

/** Installs Kueue, or finds it installed, and waits until its manager serves. */
export async function startKueueOnNode(
  { kubectl, files, report, environment }: Omit<KueueSetting, "program">,
  paths: StatePaths,
): Promise<void> {
  const recipe = recipes.kueue;
  const reference = `${REPOSITORY}:v${recipe.config.version}`;
  const { crane } = await ensureTools(["crane"], report, environment);
  const built = await ensureRecipes([recipe], report, environment);
  const images = built.map((image) => ({ ...image, reference }));
  await pushImages(images, { crane, address: registryAddress, enter: await insidePrefix(paths) });
  const own = (...args: readonly string[]) => kubectl(...args, `--namespace=${KUEUE_NAMESPACE}`);
  const [image] = images.map(({ digest }) => `${reference}@${digest}`) as [string];
  const objects = renderOnNode(await upstreamObjects(kubectl, environment), image);
  const ready = "--output=jsonpath={.status.readyReplicas}";
  // A node that starts again is empty, whatever was installed last.
  if (areInstalled(objects, files) && (await own("get", DEPLOYMENT, "--ignore-not-found", ready)) === "1")
    return;

  report.status("live: installing Kueue");
  await installObjects(objects, kubectl, files);
  report.status("live: waiting for Kueue's manager");
  const certificate = "--for=jsonpath={.data.tls\\.crt}";
  await own("wait", certificate, `secret/${CERTIFICATE_SECRET}`, "--timeout=120s");
  // The kubelet would bring it into the running pod within two minutes, and does so at once when an annotation changes:
  // https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
  const pods = "--selector=control-plane=controller-manager";
  await own("annotate", "pods", pods, "--overwrite", "llm-platform/certificate=there");
  await own("rollout", "status", DEPLOYMENT, "--timeout=240s");
}
