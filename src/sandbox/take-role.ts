import type { AwsKeys } from "./key-ring.js";

/** Takes an IAM role with the keys of another, as its holder would: the front of the emulator decides. */
export async function takeRole(endpoint: string, region: string, credentials: AwsKeys, RoleArn: string): Promise<AwsKeys> {
  const { AssumeRoleCommand, STSClient } = await import("@aws-sdk/client-sts");
  const sts = new STSClient({ endpoint, region, credentials });
  try {
    const { Credentials: keys } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "demo" }));
    if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken) throw new Error(`No credentials for ${RoleArn}.`);
    return { accessKeyId: keys.AccessKeyId, secretAccessKey: keys.SecretAccessKey, sessionToken: keys.SessionToken };
  } finally {
    sts.destroy();
  }
}
