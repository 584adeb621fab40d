import { z } from "zod";
import { cidrProblem } from "../../components/core/network/cidr.ts";

/**
 * A range of addresses that a network policy opens.
 * @param otherwise the key that allows more than a range, if there is one
 */
export const cidrSchema = (example: string, otherwise?: string) =>
  z
    .string()
    .superRefine((cidr, context) => {
      const problem = cidrProblem(cidr);
      if (problem === undefined) return;
      const { expected, choices } = problem;
      const isKnown = choices.length > 0;
      const hint = otherwise === undefined || isKnown ? "" : `; to let everyone in, set ${otherwise} instead`;
      const params = { choices: isKnown ? choices : ["<range>"] };
      context.addIssue({ code: "custom", message: `${expected}${hint}`, params });
    })
    .meta({ example });
