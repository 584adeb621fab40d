/** Where Helm finds a chart. */
export interface ChartSource {
  /** The name of the chart in the repository, its `oci://` address, or a path. */
  readonly chart: string;
  readonly version: string;
  /** Address of a chart repository, if `chart` is a name. */
  readonly repository?: string;
}

/** A local chart contains its version. */
export type AnyChart = Omit<ChartSource, "version"> & Partial<Pick<ChartSource, "version">>;

/** How long a release may take until its pods are ready, in seconds, if the platform does not set their probes. */
const RELEASE_TIMEOUT_SECONDS = 600;
/** Time to pull images, to schedule the pods, and to stop the previous ones. */
const AROUND_START_SECONDS = 300;

/** The time-out of a release whose pods may take `startSeconds` until they are ready. */
export function releaseTimeout(startSeconds: number): number {
  return startSeconds + AROUND_START_SECONDS;
}

/**
 * The inputs of a release that select the chart and how Helm installs it. No release is `atomic`: a rollback would
 * delete the pods that show why an upgrade failed, and run the previous version on data that the new one has migrated.
 * The previous pods keep serving where the chart rolls them, and the next update continues.
 */
export function releaseOf(
  { chart, version, repository }: AnyChart,
  timeoutSeconds = RELEASE_TIMEOUT_SECONDS,
) {
  return {
    chart,
    ...(version === undefined ? {} : { version }),
    ...(repository === undefined ? {} : { repositoryOpts: { repo: repository } }),
    timeout: timeoutSeconds,
  };
}
