// Sets the colour scheme before the first paint, so that a dark screen never flashes white.
(() => {
  const root = document.documentElement;
  let choice = 'auto';
  try {
    choice = localStorage.getItem('tradepost-scheme') ?? 'auto';
  } catch {
    // Storage can be refused; the system's choice is then the answer.
  }
  const dark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
