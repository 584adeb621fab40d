// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/

/** An RFC 1123 label: the name of a namespace, and the value of a label in lower case. */
export const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** An RFC 1123 subdomain: the name of most other objects. */
export const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
