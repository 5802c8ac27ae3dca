// SPDX-License-Identifier: Apache-2.0
// Every namespace has its default ServiceAccount and the CA of the cluster, and keeps them.
import { describe, expect, it } from "@jest/globals";
import { TestApi } from "../../test/api.js";

describe("the service account controller", () => {
  it("fills each namespace, and again when its objects are deleted or changed", async () => {
    const api = await TestApi.start({ tls: true, controllers: ["service-account"] });
    await api.post("/api/v1/namespaces", { metadata: { name: "shop" } });
    await api.server.settle();
    const data = { "ca.crt": api.server.ca };
    for (const namespace of ["default", "kube-system", "shop"]) {
      expect(api.server.get("serviceaccounts", namespace, "default")).toBeDefined();
      expect(api.server.get("configmaps", namespace, "kube-root-ca.crt")).toMatchObject({ data });
    }
    const settled = api.server.revision;
    await api.server.settle();
    expect(api.server.revision).toBe(settled);
    await api.delete("/api/v1/namespaces/shop/serviceaccounts/default");
    await api.patch("/api/v1/namespaces/shop/configmaps/kube-root-ca.crt", {
      data: { "ca.crt": "x" },
    });
    await api.server.settle();
    expect(api.server.get("serviceaccounts", "shop", "default")).toBeDefined();
    expect(api.server.get("configmaps", "shop", "kube-root-ca.crt")).toMatchObject({ data });
    await api.close();
  });
});
