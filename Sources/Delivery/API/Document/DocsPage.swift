/// The API's documentation as one page, made in the browser from `/openapi.json`.
///
/// It shows every operation with its schemas, and can try one. No other host is contacted, and text only
/// ever becomes text.
enum DocsPage {
  static let html = """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Luthier API</title>
    <style>
    :root { color-scheme: light dark; --line: #8884; --soft: #8881; }
    body { font: 16px/1.55 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
    h2 { margin-top: 2.5rem; }
    code, pre, textarea, input { font: 14px/1.5 ui-monospace, monospace; }
    details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
    summary { padding: .5rem .75rem; cursor: pointer; overflow-wrap: anywhere; }
    details > div { padding: 0 .75rem .75rem; }
    .method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
    pre { background: var(--soft); padding: .5rem .75rem; border-radius: 4px; overflow: auto; max-height: 24rem; }
    textarea { width: 100%; box-sizing: border-box; min-height: 8rem; }
    input { width: 100%; box-sizing: border-box; padding: .3rem; }
    label { display: block; margin: .4rem 0; }
    button { padding: .35rem 1rem; }
    .note { opacity: .75; }
    </style>
    </head>
    <body>
    <h1>Luthier API</h1>
    <p id="about" class="note">Loading /openapi.json …</p>
    <label>Bearer token or API key, for trying things (kept in this tab only)
    <input id="token" type="password" autocomplete="off"></label>
    <main id="operations"></main>
    <script>
    \(script)
    </script>
    </body>
    </html>
    """

  private static let script = #"""
    const make = (name, text, ...children) => {
      const element = document.createElement(name);
      if (text) element.textContent = text;
      element.append(...children);
      return element;
    };
    const resolve = (api, schema, depth = 0) => {
      if (!schema || depth > 6) return null;
      if (schema.$ref) return resolve(api, api.components.schemas[schema.$ref.split("/").pop()], depth + 1);
      if (schema.anyOf) return resolve(api, schema.anyOf[0], depth + 1);
      if (schema.enum) return schema.enum.join(" | ");
      const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
      if (type === "object" && schema.properties)
        return Object.fromEntries(Object.entries(schema.properties).map(([key, value]) =>
          [key + ((schema.required || []).includes(key) ? "" : "?"), resolve(api, value, depth + 1)]));
      if (type === "array") return [resolve(api, schema.items, depth + 1)];
      return type || "any";
    };
    const example = (api, schema) => {
      const shape = resolve(api, schema);
      const plain = (value) => Array.isArray(value) ? value.map(plain)
        : value && typeof value === "object"
          ? Object.fromEntries(Object.entries(value).filter(([key]) => !key.endsWith("?")).map(([k, v]) => [k, plain(v)]))
          : value === "string" ? "" : value === "integer" || value === "number" ? 0 : value === "boolean" ? false
          : typeof value === "string" ? value.split(" | ")[0] : value;
      return JSON.stringify(plain(shape), null, 2);
    };
    const show = (api, path, method, operation) => {
      const box = make("details");
      const head = make("summary", "", Object.assign(make("span", method.toUpperCase()), { className: "method" }),
        make("code", path), make("span", "  " + operation.summary));
      const body = make("div");
      box.append(head, body);
      box.addEventListener("toggle", () => { if (box.open && !body.firstChild) fill(); });
      const fill = () => {
        const inputs = (operation.parameters || []).map((parameter) => {
          const input = make("input");
          body.append(make("label", `${parameter.in} ${parameter.name}${parameter.description ? ": " + parameter.description : ""}`, input));
          return { parameter, input };
        });
        const content = operation.requestBody?.content || {};
        const json = content["application/json"]?.schema;
        let editor = null, file = null;
        if (json) {
          body.append(make("p", "Request"), make("pre", JSON.stringify(resolve(api, json), null, 2)));
          editor = Object.assign(make("textarea", example(api, json)), { ariaLabel: "Request body" });
          body.append(editor);
        } else if (content["multipart/form-data"]) {
          file = Object.assign(make("input"), { type: "file", ariaLabel: "File" });
          body.append(file);
        }
        for (const [status, answer] of Object.entries(operation.responses)) {
          const schema = answer.content?.["application/json"]?.schema;
          if (status === "200" && schema) body.append(make("p", "Answer 200"), make("pre", JSON.stringify(resolve(api, schema), null, 2)));
        }
        body.append(make("p", "Errors: " + Object.entries(operation.responses).filter(([s]) => s !== "200")
          .map(([s, a]) => `${s} ${a.description}`).join(", ")));
        const button = make("button", "Try it");
        const output = make("pre");
        output.setAttribute("aria-live", "polite");
        output.hidden = true;
        body.append(button, output);
        button.addEventListener("click", async () => {
          let address = path;
          const query = new URLSearchParams();
          for (const { parameter, input } of inputs) {
            if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
            else if (input.value) query.set(parameter.name, input.value);
          }
          const headers = {};
          const token = document.getElementById("token").value;
          if (token) headers.Authorization = "Bearer " + token;
          let payload;
          if (editor) { headers["Content-Type"] = "application/json"; payload = editor.value; }
          if (file?.files[0]) { payload = new FormData(); payload.append("file", file.files[0]); }
          output.hidden = false;
          output.textContent = "…";
          try {
            const answer = await fetch(address + (query.size ? "?" + query : ""), { method: method.toUpperCase(), headers, body: payload });
            const reader = answer.body.getReader(), decoder = new TextDecoder();
            let text = "";
            while (text.length < 100000) {
              const { done, value } = await reader.read();
              if (done) break;
              text += decoder.decode(value, { stream: true });
              output.textContent = answer.status + "\n" + text;
            }
            reader.cancel();
            try { output.textContent = answer.status + "\n" + JSON.stringify(JSON.parse(text), null, 2); } catch {}
          } catch (error) { output.textContent = String(error); }
        });
      };
      return box;
    };
    fetch("/openapi.json").then((answer) => answer.json()).then((api) => {
      document.getElementById("about").textContent = `Version ${api.info.version}. ${api.info.description}`;
      const main = document.getElementById("operations");
      for (const { name } of api.tags) {
        main.append(make("h2", name));
        for (const [path, methods] of Object.entries(api.paths))
          for (const [method, operation] of Object.entries(methods))
            if (operation.tags[0] === name) main.append(show(api, path, method, operation));
      }
    }).catch((error) => { document.getElementById("about").textContent = "The document could not be read: " + error; });
    """#
}
