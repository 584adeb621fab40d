// Configuration of every stack on the simulated cluster. Any stack can set these keys.

/** Keys of a stack's configuration, without the project's name before them. */
export const simulatedOverlay = {
  // No pod really runs: there is nothing to keep apart, and nothing that could try it.
  network: { enforcer: "simulated", probe: false },
  postgres: {
    cluster: {
      // Neither its chart nor its image is in a package registry: cloudnativepg.ts stands for it.
      operator: { install: false },
      // Where the control plane listens.
      apiServer: { cidrs: ["127.0.0.1/32"] },
    },
  },
} as const;
