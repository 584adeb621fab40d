// A stack must not create a namespace that exists, or one namespace twice. One rule for every key with a namespace.
import { type ConfigProblem, fixCommand, formatPath } from "../config-problem.ts";
import type { NamedNamespace } from "../feature.ts";

/** Kubernetes creates or reserves them. */
const RESERVED = /^(default|kube-.*)$/;

/**
 * Problems with the names of namespaces.
 * @param made namespaces that the stack creates, with a default deny for every pod in them
 * @param existing namespaces that the stack must not create
 */
export function namespaceProblems(
  made: readonly NamedNamespace[],
  existing: readonly NamedNamespace[],
): ConfigProblem[] {
  return [
    ...onePerKey(made)
      .filter(({ namespace }) => RESERVED.test(namespace))
      .map(reservedProblem),
    ...made.flatMap((named, index) => sharedProblem(named, made.slice(0, index))),
    ...sharedProblems(existing, made),
  ];
}

/** Existing namespaces that the stack would create. */
export function sharedProblems(
  existing: readonly NamedNamespace[],
  made: readonly NamedNamespace[],
): ConfigProblem[] {
  return existing.flatMap((named) => sharedProblem(named, made));
}

/** Of the namespaces with the prefix, the first, because those of tenants also have it. */
function onePerKey(named: readonly NamedNamespace[]): NamedNamespace[] {
  return named.filter(({ path }, index) => index === 0 || path.at(-1) === "namespace");
}

function reservedProblem({ path, namespace, mustBeOwn = false }: NamedNamespace): ConfigProblem {
  const isName = path.at(-1) === "namespace";
  const exists = fixCommand([...path.slice(0, -1), "namespaceExists"], "true");
  const subject = isName ? "is" : `gives the namespace ${namespace}, which is`;
  return {
    path,
    ...(isName ? { value: namespace } : {}),
    reason: `${subject} a namespace of Kubernetes itself: the stack would create it and deny the traffic of every pod in it`,
    fix: `${fixCommand(path)}${isName && !mustBeOwn ? `  (or, to use the existing namespace: ${exists})` : ""}`,
  };
}

function sharedProblem(
  { path, namespace }: NamedNamespace,
  made: readonly NamedNamespace[],
): ConfigProblem[] {
  const other = made.find((one) => one.namespace === namespace);
  if (other === undefined) return [];
  // The schema's example may be the name that is taken.
  const fix = fixCommand(path);
  return [
    {
      path,
      value: namespace,
      reason: `is a namespace that the stack creates (${formatPath(other.path)}) and where it denies undeclared traffic`,
      fix: fix.endsWith(` ${namespace}`) ? fixCommand(path, "<namespace>") : fix,
    },
  ];
}
