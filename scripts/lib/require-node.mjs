// Imported first by every script, and written so that an old Node can still read it.
var version = process.versions.node;
if (Number(version.split('.')[0]) < 20) {
  console.error(`Tradepost needs Node 20 or newer to start (this is ${version}). See https://nodejs.org.`);
  process.exit(1);
}
