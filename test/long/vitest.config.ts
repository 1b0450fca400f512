import { defineConfig } from "vitest/config";
import { shared } from "../../vitest.config.js";

/** One round of `npm run test:long`: see scripts/long.ts. */
export default defineConfig({ test: { ...shared, testTimeout: 3_600_000, include: ["test/long/*.test.ts"] } });
