/** Links with a one-time token, to be copied by whoever made them. */
import type { FastifyRequest } from 'fastify';

/** Without PUBLIC_URL it is the address by which the maker of the link came here. */
export function linkTo(
  publicUrl: string | null,
  request: FastifyRequest,
  page: 'join' | 'reset',
  token: string,
): string {
  return `${publicUrl ?? `${request.protocol}://${request.host}`}/${page}?token=${token}`;
}
