/** Ids, hashes, secrets and sealing. Only node:crypto underneath. */
import {
  createCipheriv,
  createDecipheriv,
  hash,
  hkdfSync,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto';

let lastMs = 0;
let counter = 0;
/** What the ids of `lastMs` begin with. */
let timeText = '';

function setTime(ms: number): void {
  lastMs = ms;
  const hex = ms.toString(16).padStart(12, '0');
  timeText = `${hex.slice(0, 8)}-${hex.slice(8)}-`;
}

/**
 * A version 7 UUID: sorts by time, and within a process by the order of the calls (12 bits of counter a millisecond, then
 * the time is borrowed ahead). Source: RFC 9562, 5.7 and 6.2 method 1.
 */
export function newId(): string {
  // Every request gets an id: of a version 4 UUID, which Node draws many of at once, the random end is kept.
  const random = randomUUID();
  const now = Date.now();
  if (now > lastMs) {
    setTime(now);
    counter = Number.parseInt(random.slice(0, 2), 16);
  } else if (++counter > 0xfff) {
    setTime(lastMs + 1);
    counter = 0;
  }
  return `${timeText}${(0x7000 | counter).toString(16)}${random.slice(18)}`;
}

export function sha256(data: string | Buffer): Buffer {
  return hash('sha256', data, 'buffer');
}

/**
 * HMAC-SHA-256 under one key, for what is done with every request: Node's own makes an object of OpenSSL's each time, which
 * takes several times as long as to hash. Source: RFC 2104, 2.
 */
export function hmacSha256(key: Buffer): (text: string) => Buffer {
  const block = Buffer.alloc(64);
  (key.length > block.length ? sha256(key) : key).copy(block);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return (text) => sha256(Buffer.concat([outer, sha256(Buffer.concat([inner, Buffer.from(text)]))]));
}

/** Random text of `bytes` bytes, in URL-safe base 64. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

export function safeEqual(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

/** A key for one purpose, so that no two uses share one: HKDF-SHA-256 of the installation's secret. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'tradepost', purpose, 32));
}

/**
 * Encrypts with AES-256-GCM. `boundTo` names what the secret belongs to and is authenticated, so a sealed value moved to
 * another row does not open.
 */
export function seal(key: Buffer, plain: string, boundTo: string): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(boundTo));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.from([1]), iv, cipher.getAuthTag(), body]);
}

/** Opens what `seal` made. Throws when the key, the binding or the bytes are not the same. */
export function unseal(key: Buffer, sealed: Buffer, boundTo: string): string {
  if (sealed[0] !== 1) throw new Error('sealed with an unknown format');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13)).setAAD(Buffer.from(boundTo));
  decipher.setAuthTag(sealed.subarray(13, 29));
  return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]).toString('utf8');
}
