// Exits 0 when a URL answers 200, else 1 and says why. Without an argument: the readiness of the
// worker in this container.
const address = process.env.VMC_CANCEL_HTTP_ADDRESS?.trim();
const url = process.argv[2] ?? `http://${address}/readyz`;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) throw new Error(`${response.status} ${(await response.text()).trim()}`);
} catch (error) {
  console.error(`${url}: ${error.cause?.message || error.message}`);
  process.exitCode = 1;
}
