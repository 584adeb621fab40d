export const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
export const API_SERVER = { cidrs: ["10.0.0.2/32", "10.0.0.1/32"], port: 6443 };
