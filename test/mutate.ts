import type { RecordedResource, Recording } from "./harness.ts";

/** One deliberate breakage of a recorded program. */
export type Mutation = (recording: Recording) => Recording;

/** Sets a value at a path of a resource (`inputs.spec.replicas`, or parts where a key has dots); `undefined` removes it. */
export function set(name: string, path: string | readonly string[], value: unknown): Mutation {
  return onResource(name, (resource) => {
    const parts = typeof path === "string" ? path.split(".") : [...path];
    const last = parts.pop() ?? "";
    const target = parts.reduce<Record<string, unknown>>(
      (map, part) => {
        const next = map[part];
        if (typeof next !== "object" || next === null) throw new Error(`${name} has no ${parts.join(".")}`);
        return next as Record<string, unknown>;
      },
      resource as unknown as Record<string, unknown>,
    );
    if (value === undefined) Reflect.deleteProperty(target, last);
    else target[last] = value;
  });
}

/** Leaves a resource out. */
export function drop(name: string): Mutation {
  return (recording) => {
    const resources = recording.resources.filter((resource) => resource.name !== name);
    if (resources.length === recording.resources.length) throw new Error(`no resource "${name}"`);
    return { ...recording, resources };
  };
}

/** Adds a changed copy of a resource. */
export function copy(name: string, changes: Partial<RecordedResource>): Mutation {
  return (recording) => {
    const found = recording.resources.find((resource) => resource.name === name);
    if (found === undefined) throw new Error(`no resource "${name}"`);
    return { ...recording, resources: [...recording.resources, { ...structuredClone(found), ...changes }] };
  };
}

function onResource(name: string, change: (resource: RecordedResource) => void): Mutation {
  return (recording) => {
    const mutant = structuredClone(recording);
    // `Kind::name` where a component and an object share a name.
    const found = mutant.resources.filter(
      (resource) => resource.name === name || resource.urn.endsWith(`:${name}`),
    );
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} resources "${name}"`);
    change(found[0]);
    return mutant;
  };
}
