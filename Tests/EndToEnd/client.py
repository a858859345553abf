"""A client of the HTTP API: standard library only, one method for one address."""

import json
import urllib.error
import urllib.request
import uuid


class Refused(Exception):
    """An answer other than 2xx, with its envelope."""

    def __init__(self, status, body):
        super().__init__("%d %s" % (status, body))
        self.status = status
        self.body = body


class Client:
    def __init__(self, url, token=None):
        self.url = url
        self.token = token

    def open(self, method, path, body=None, content_type=None, headers=None, timeout=300):
        request = urllib.request.Request(self.url + path, data=body, method=method)
        if content_type:
            request.add_header("Content-Type", content_type)
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            try:
                raise Refused(error.code, json.loads(text)) from None
            except ValueError:
                raise Refused(error.code, text) from None

    def ask(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        with self.open(method, path, data, "application/json" if data else None, headers) as answer:
            return json.loads(answer.read())

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body, headers=None):
        return self.ask("POST", path, body, headers)

    def delete(self, path):
        return self.ask("DELETE", path)

    def upload(self, filename, content, path="/api/files/datasets"):
        """multipart/form-data with the one part `file`, as the document has it."""
        boundary = uuid.uuid4().hex
        head = (
            '--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n" % (boundary, filename)
        ).encode()
        body = head + content + ("\r\n--%s--\r\n" % boundary).encode()
        with self.open("POST", path, body, "multipart/form-data; boundary=" + boundary) as answer:
            return json.loads(answer.read())

    def events(self, path, headers=None, timeout=300):
        """Server-sent events as (event, id, data), until the stream ends."""
        with self.open("GET", path, headers=headers, timeout=timeout) as stream:
            name, identifier, data = "message", None, []
            for raw in stream:
                line = raw.decode().rstrip("\r\n")
                if not line:
                    if data:
                        yield name, identifier, json.loads("\n".join(data))
                    name, data = "message", []
                elif line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("id:"):
                    identifier = line[3:].strip()
                elif line.startswith("data:"):
                    data.append(line[5:].strip())


def member(url, name, password="correct horse"):
    """A new account, logged in."""
    client = Client(url)
    client.post("/api/auth/register", {
        "username": name, "email": name + "@example.org", "password": password})
    client.token = client.post("/api/auth/login", {
        "username_or_email": name, "password": password})["access_token"]
    return client
