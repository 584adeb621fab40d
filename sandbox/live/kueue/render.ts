// Kueue's own installation, with the manager as a pod of the live node. Pure.
import { parse, stringify } from "yaml";
import {
  commonConfiguration,
  configurationData,
  isConfiguration,
  type KueueObject,
  OMITTED_ARGUMENTS,
  upstreamConfiguration,
  usedObjects,
} from "../../cluster/kueue/objects.ts";

/** The fields of upstream's Deployment that are changed here. */
interface Deployment extends KueueObject {
  readonly spec: {
    readonly template: {
      readonly metadata: object;
      readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] };
    };
  } & NonNullable<KueueObject["spec"]>;
}

/** Upstream asks for half a core, which a node of two cores does not have to spare. */
const RESOURCES = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } };

/** @param image by digest, as the node's registry has it */
export function renderOnNode(upstream: readonly KueueObject[], image: string): object[] {
  const configuration = stringify(commonConfiguration(parse(upstreamConfiguration(upstream)) as object));
  return usedObjects(upstream).map((object) => {
    if (isConfiguration(object)) return { ...object, data: configurationData(configuration) };
    return object.kind === "Deployment" ? withImage(object as Deployment, image) : object;
  });
}

function withImage({ spec, ...deployment }: Deployment, image: string): object {
  const [manager] = spec.template.spec.containers;
  const container = {
    ...manager,
    image,
    imagePullPolicy: "IfNotPresent",
    args: [...manager.args, ...OMITTED_ARGUMENTS],
    resources: RESOURCES,
  };
  const template = { ...spec.template, spec: { ...spec.template.spec, containers: [container] } };
  return { ...deployment, spec: { ...spec, template } };
}
