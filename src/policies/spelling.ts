/** Names whose case means nothing, in one spelling: AWS's own for the well-known, else lower case (IAM user guide, "Condition"). */

const TYPES = ["String", "Numeric", "Date", "Bool", "Binary", "IpAddress", "Arn", "Null"];
const WORDS = ["ForAllValues:", "ForAnyValue:", ...TYPES, "Not", "Equals", "IgnoreCase", "Like", "Less", "Greater", "Than", "IfExists"];
const KEYS = [
  ..."CalledVia CurrentTime FederatedProvider MultiFactorAuthAge MultiFactorAuthPresent PrincipalAccount PrincipalArn".split(" "),
  ..."PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths PrincipalServiceName PrincipalType RequestedRegion".split(" "),
  ..."ResourceAccount ResourceOrgID SecureTransport SourceAccount SourceArn SourceIdentity SourceIp SourceOrgID SourceOrgPaths".split(" "),
  ..."SourceVpc SourceVpce TokenIssueTime UserAgent ViaAWSService VpcSourceIp userid username".split(" "),
].map((name) => `aws:${name}`);
const TAGS = ["PrincipalTag", "RequestTag", "ResourceTag"].map((name) => `aws:${name}/`);
const STS = ["DurationSeconds", "ExternalId", "RoleSessionName", "SourceIdentity", "TransitiveTagKeys"].map((name) => `sts:${name}`);

const folded = (names: readonly string[]): ReadonlyMap<string, string> => new Map(names.map((name) => [name.toLowerCase(), name]));
const KNOWN_KEYS = folded([...KEYS, "aws:TagKeys", ...STS]);
const KNOWN_TAGS = folded(TAGS);
const KNOWN_WORDS = folded(WORDS);

/** `aws:sourceip` is `aws:SourceIp`; a tag's name counts no case here, either. */
export function conditionKey(key: string): string {
  const lower = key.toLowerCase();
  const slash = lower.indexOf("/") + 1;
  const tag = KNOWN_TAGS.get(lower.slice(0, slash));
  return tag === undefined ? (KNOWN_KEYS.get(lower) ?? lower) : tag + lower.slice(slash);
}

/** Word by word: `stringnotlikeifexists` is `StringNotLikeIfExists`. What is made of other words stays as it is. */
export function conditionOperator(operator: string): string {
  let [done, rest] = ["", operator.toLowerCase()];
  while (rest !== "") {
    const word = [...KNOWN_WORDS.keys()].find((known) => rest.startsWith(known));
    if (word === undefined) return operator;
    done += KNOWN_WORDS.get(word) ?? word;
    rest = rest.slice(word.length);
  }
  return done;
}
