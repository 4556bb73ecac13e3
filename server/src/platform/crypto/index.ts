/** Ids, hashes, secrets and sealing. Only node:crypto underneath. */
import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

let lastMs = 0;
let counter = 0;

/** Asking the system for a few random bytes costs as much as for thousands, and every request gets an id. */
let entropy: Buffer = Buffer.alloc(0);
let entropyUsed = 0;

function takeEntropy(bytes: number): Buffer {
  if (entropyUsed + bytes > entropy.length) {
    entropy = randomBytes(4096);
    entropyUsed = 0;
  }
  entropyUsed += bytes;
  return entropy.subarray(entropyUsed - bytes, entropyUsed);
}

/**
 * A version 7 UUID: sorts by time, and within a process by the order of the calls (12 bits of counter a millisecond, then
 * the time is borrowed ahead). Source: RFC 9562, 5.7 and 6.2 method 1.
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = takeEntropy(1)[0]!;
  } else if (++counter > 0xfff) {
    lastMs++;
    counter = 0;
  }
  const bytes = takeEntropy(16);
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function sha256(data: string | Buffer): Buffer {
  return hash('sha256', data, 'buffer');
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
