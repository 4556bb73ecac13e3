/** Tokens for socket addresses, where no header can be sent: valid for a minute, and only while their credential lives. */
import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from '#platform/clock';
import { deriveKey } from '#platform/crypto';
import type { Credential } from '#platform/http';
import type { Credentials } from './credentials.ts';

const realtimeTokenSeconds = 60;
const issuer = 'tradepost';
const audience = 'tradepost-realtime';

export interface RealtimeTokens {
  issue(credential: Credential): Promise<{ token: string; expiresAt: Date }>;
  /** The live credential behind the token; null when it is not ours, too old, or its credential has ended. */
  verify(token: string, beforeReading?: () => Promise<void>): Promise<Credential | null>;
}

export function createRealtimeTokens(deps: {
  secret: string;
  clock: Clock;
  credentials: Credentials;
}): RealtimeTokens {
  const key = deriveKey(deps.secret, 'realtime-token');
  return {
    async issue(credential) {
      const now = deps.clock.now();
      const expiresAt = new Date(now.getTime() + realtimeTokenSeconds * 1000);
      const token = await new SignJWT({ tenant: credential.tenantId })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(credential.id)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token, expiresAt };
    },
    async verify(token, beforeReading) {
      let claims: Awaited<ReturnType<typeof jwtVerify>>['payload'];
      try {
        const verified = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          issuer,
          audience,
          requiredClaims: ['sub', 'exp'],
          currentDate: deps.clock.now(),
        });
        claims = verified.payload;
      } catch {
        return null;
      }
      const id = claims.sub as Credential['id'];
      const credential = await deps.credentials.find(id, beforeReading);
      return credential?.tenantId === claims.tenant ? credential : null;
    },
  };
}
