// Which namespaces a stack may make: none that is there already, and none twice. One rule for every key that names one.
import { type ConfigProblem, fixCommand, formatPath } from "../config-problem.ts";
import type { NamedNamespace } from "../feature.ts";

/** Kubernetes keeps them for itself, or has made them already. */
const RESERVED = /^(default|kube-.*)$/;

/**
 * What is wrong with the names of namespaces.
 * @param made what the stack makes: a Namespace object, and a default deny for every pod in it
 * @param existing what others make, and the stack must not
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

/** Namespaces of others that the stack would make. */
export function sharedProblems(
  existing: readonly NamedNamespace[],
  made: readonly NamedNamespace[],
): ConfigProblem[] {
  return existing.flatMap((named) => sharedProblem(named, made));
}

/** Of the namespaces whose names begin with the prefix, the first: the tenants' names begin with it, too. */
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
    reason: `${subject} a namespace of Kubernetes itself: the stack would make it, and deny the traffic of every pod in it`,
    fix: `${fixCommand(path)}${isName && !mustBeOwn ? `  (or, to take it as it is: ${exists})` : ""}`,
  };
}

function sharedProblem(
  { path, namespace }: NamedNamespace,
  made: readonly NamedNamespace[],
): ConfigProblem[] {
  const other = made.find((one) => one.namespace === namespace);
  if (other === undefined) return [];
  // The example may be the very name that is taken.
  const fix = fixCommand(path);
  return [
    {
      path,
      value: namespace,
      reason: `is a namespace that the stack makes (by ${formatPath(other.path)}), where it denies what it does not know`,
      fix: fix.endsWith(` ${namespace}`) ? fixCommand(path, "<namespace>") : fix,
    },
  ];
}
