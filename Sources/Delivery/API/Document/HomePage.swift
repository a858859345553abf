/// What stands at `/` in a program that was built without the web page: where to begin.
enum HomePage {
  static let html = """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Luthier</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }
    code, pre { font: 14px/1.6 ui-monospace, monospace; }
    pre { padding: .75rem 1rem; border: 1px solid #8884; border-radius: 6px; overflow-x: auto; }
    </style>
    </head>
    <body>
    <main>
    <h1>Luthier</h1>
    <p>Fine-tune language models, and talk to them. The server runs.</p>
    <p>From a terminal:</p>
    <pre>luthier register
    luthier dataset upload identity.json
    luthier task submit --name first --model /path/of/base --dataset identity.json --watch
    luthier chat --model first "Who are you?"</pre>
    <p>This program was built without its web page. With the source at hand: <code>make page release</code></p>
    <p>For programs: <a href="/docs">the API's documentation</a>, <a href="/openapi.json">openapi.json</a>.</p>
    </main>
    </body>
    </html>
    """
}
