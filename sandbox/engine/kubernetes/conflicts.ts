import { ApiError } from "./api-error.ts";
import { describePlace } from "./cluster.ts";
import type { Place } from "./cluster.ts";

/** The message about a field that another manager owns: the field, the manager, and the possible fixes. */
export function conflictMessage(place: Place, error: ApiError): ApiError {
  const fields = error.causes.map(({ field, message }) => `  - ${field}: ${message}`);
  return new ApiError(409, {
    reason: "Conflict",
    message: [
      `${describePlace(place)} was not changed, because another field manager owns ${fields.length === 1 ? "a field" : "fields"} that this program sets:`,
      ...fields,
      'Take the field out of the program (or name it in ignoreChanges), or take it over with the annotation pulumi.com/patchForce: "true" ' +
        "or the provider's enablePatchForce.",
    ].join("\n"),
  });
}
