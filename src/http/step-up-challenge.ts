/** What a client without a good proof is told in `WWW-Authenticate`: step up (RFC 9470, section 3). */
export function stepUpChallenge(maxAge?: number): string {
  const age = maxAge === undefined ? '' : `, max_age="${maxAge}"`;
  return `Bearer error="insufficient_user_authentication", error_description="A fresh SMS code is required"${age}`;
}
