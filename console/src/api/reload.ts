/**
 * Loads the console anew if the server is there to serve it. While it is away, what is on the screen is all there is:
 * a reload would put the browser's own error page in its place.
 */
export async function reloadIfServed(): Promise<void> {
  try {
    const answer = await fetch('/favicon.svg', { cache: 'no-store' });
    if (answer.ok) location.reload();
  } catch {
    // Still away: the live dot says so, and the same can be tried again.
  }
}
