/** A message of the CNI plugin to the enforcer, as one line of JSON: a pod gets an address, or (without one) loses it. */
export interface Announcement {
  readonly uid: string;
  readonly containerId: string;
  readonly address?: string;
}
