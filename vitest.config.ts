import { defineConfig, type TestUserConfig } from "vitest/config";
import { tierReporter } from "./test/support/tier-reporter.js";

/** What all tiers have in common. */
export const shared: TestUserConfig = {
  testTimeout: 120_000,
  hookTimeout: 180_000,
  // On two cores: files that wait for the pauses that GitHub asks for between writes leave room for a third.
  maxWorkers: 3,
  pool: "forks",
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
};

const reporters = ["default", ...(process.env["GITHUB_ACTIONS"] ? ["github-actions"] : []), tierReporter];

/** `npm test` and `npm run test:matrix`. What has no end is a long run: test/long/vitest.config.ts. */
export default defineConfig({
  test: {
    ...shared,
    reporters,
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/long/**"],
    // Plants secrets and searches for them in all that gets out.
    globalSetup: "test/support/secrets/global.ts",
    setupFiles: "test/support/secrets/setup.ts",
  },
});
