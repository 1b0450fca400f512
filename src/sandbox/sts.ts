/** A call to the emulator's STS as the holder of some access key: the emulator checks no signature. The answer is XML. */
export async function callSts(endpoint: string, accessKeyId: string, call: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    },
    body: new URLSearchParams({ Version: "2011-06-15", ...call }).toString(),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The AWS emulator refused ${call["Action"]}: ${text}`);
  return text;
}

/** The text of the first element of that name; "" where there is none. */
export const xmlText = (xml: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
