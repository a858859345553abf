// Runs in a hidden frame of the page (door.html). The page itself may turn no text into a script's address; this document may,
// one: it makes the worker that follows the events, and hands the line to it over.

const address = document.querySelector<HTMLMetaElement>('meta[name="worker"]')?.content;
const policies = (window as { readonly trustedTypes?: { createPolicy(name: string, rules: object): unknown } }).trustedTypes;
policies?.createPolicy("default", { createScriptURL: (text: string) => (text === address ? text : null) });

if (address && parent !== window) {
  const { port } = new SharedWorker(address, { type: "module", name: "luthier-events" });
  parent.postMessage("events", location.origin, [port]);
}

export {};
