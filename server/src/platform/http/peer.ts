/** Whose points a request takes when it shows no credential. */

/**
 * The peer behind an address: an IPv4 address, mapped into IPv6 or not, as it is; of an IPv6 address the /64, which is what
 * one customer is given at the least, so that nobody has points by the million.
 */
export function peerOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.replace(/%.*$/, '').toLowerCase().split('::', 2);
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
  // An IPv4 address at the end stands for two groups.
  const missing = 8 - before!.length - after!.length - (address.includes('.') ? 1 : 0);
  const zeros = Array.from({ length: Math.max(0, missing) }, () => '0');
  const groups = [...before!, ...zeros, ...after!].map((group) => group.replace(/^0+(?=.)/, ''));
  const isMapped = groups[5] === 'ffff' && groups.slice(0, 5).every((group) => group === '0');
  return isMapped ? address : `${groups.slice(0, 4).join(':')}::/64`;
}
