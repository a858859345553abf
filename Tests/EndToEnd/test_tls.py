"""Luthier speaking TLS itself, and behind the real Caddy with HTTP/2."""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess

import pytest

from client import member
from server import Server, free_port, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def make_certificate(folder, name):
    certificate, key = str(folder / "tls.pem"), str(folder / "tls.key")
    subprocess.run([
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
    ], check=True, stderr=subprocess.DEVNULL)
    return certificate, key


@pytest.fixture
def start(program, tmp_path):
    made = []

    def start(**settings):
        server = Server(program, str(tmp_path / "data"), "", "", settings)
        del server.environment["LUTHIER_TRAINER"], server.environment["LUTHIER_MODEL_FOLDERS"]
        made.append(server)
        if "LUTHIER_TLS_CERTIFICATE" in settings:
            server.is_healthy = lambda: is_healthy(server, settings["LUTHIER_TLS_CERTIFICATE"])
        return server.start()

    yield start
    for server in made:
        server.stop()


def is_healthy(server, certificate):
    if server.process.poll() is not None:
        raise AssertionError("the server ended at once:\n" + server.log())
    try:
        return ask(server.port, certificate, "GET", "/api/health")[0] == 200
    except OSError:
        return False


def connect(port, certificate, **more):
    context = ssl.create_default_context(cafile=certificate)
    for name, value in more.items():
        getattr(context, name)(*value)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30), server_hostname="localhost")


def ask(port, certificate, method, path, body=None, fields=None):
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    connection.sock = connect(port, certificate)
    connection.request(method, path, body, fields or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def common_name(port, certificate):
    with connect(port, certificate) as client:
        return dict(pair[0] for pair in client.getpeercert()["subject"])["commonName"]


def login(port, certificate):
    fields = {"Content-Type": "application/json"}
    ask(port, certificate, "POST", "/api/auth/register", json.dumps({
        "username": "ada", "email": "ada@example.org", "password": "correct horse"}), fields)
    status, body = ask(port, certificate, "POST", "/api/auth/login", json.dumps({
        "username_or_email": "ada", "password": "correct horse"}), fields)
    assert status == 200, body
    return {"Authorization": "Bearer " + json.loads(body)["access_token"]}


def test_it_speaks_tls_and_reads_its_certificate_again(start, tmp_path):
    certificate, key = make_certificate(tmp_path, "first")
    server = start(LUTHIER_TLS_CERTIFICATE=certificate, LUTHIER_TLS_KEY=key)
    assert "address=https://127.0.0.1:%d" % server.port in server.log()
    with connect(server.port, certificate, set_alpn_protocols=(["h2", "http/1.1"],)) as client:
        assert client.selected_alpn_protocol() == "http/1.1"
        assert client.version() in ("TLSv1.2", "TLSv1.3")
    with connect(server.port, certificate, set_alpn_protocols=(["h2"],)) as client:
        assert client.selected_alpn_protocol() is None
    fields = login(server.port, certificate)

    # Large both ways: records are not packets, and packets not records.
    rows = json.dumps([{"instruction": "a" * 1000, "output": "b" * 1000}] * 3000)
    body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big.json\"\r\n\r\n%s\r\n--b--\r\n" % rows
    status, answer = ask(server.port, certificate, "POST", "/api/files/datasets", body, dict(
        fields, **{"Content-Type": "multipart/form-data; boundary=b"}))
    assert status in (200, 201), answer
    status, answer = ask(
        server.port, certificate, "GET", "/api/files/datasets/%s/download" % json.loads(answer)["file_id"], None, fields)
    assert status == 200 and answer.decode() == rows

    # Events come as they happen.
    stream = connect(server.port, certificate)
    stream.sendall(("GET /api/events HTTP/1.1\r\nHost: a\r\nAuthorization: %s\r\n\r\n" % fields["Authorization"]).encode())
    assert b"200 OK" in stream.recv(4096)

    # A file that is broken at the moment leaves what was there; a good one is taken without a restart.
    with open(certificate) as file:
        first = file.read()
    with open(certificate, "w") as file:
        file.write("nonsense")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "could not be read again" in server.log(), 30, "the complaint is logged", server.log)
    with open(str(tmp_path / "first.pem"), "w") as file:
        file.write(first)
    assert common_name(server.port, str(tmp_path / "first.pem")) == "first"
    make_certificate(tmp_path, "second")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "certificate read again" in server.log(), 30, "the certificate is read again", server.log)
    assert common_name(server.port, certificate) == "second"
    # Who was connected stays so.
    stream.settimeout(60)
    assert stream.recv(4096)
    stream.close()


def test_a_wrong_certificate_is_an_error_at_the_start(program, tmp_path):
    (tmp_path / "tls.pem").write_text("nonsense")
    environment = dict(os.environ, LUTHIER_DATA_DIR=str(tmp_path / "data"), PORT="0",
                       LUTHIER_TLS_CERTIFICATE=str(tmp_path / "tls.pem"), LUTHIER_TLS_KEY=str(tmp_path / "tls.pem"))
    done = subprocess.run([program, "serve"], env=environment, capture_output=True, timeout=60)
    assert done.returncode == 1
    assert b"the certificate in %s cannot be used" % str(tmp_path / "tls.pem").encode() in done.stderr


@pytest.fixture
def caddy(start, tmp_path):
    """The file of deploy/, with its own certificate, in front of a server; gives its port and authority."""
    caddy = shutil.which("caddy")
    assert caddy, "run scripts/install-packages test first"
    server = start()
    port, home = free_port(), tmp_path / "caddy"
    home.mkdir()
    with open(os.path.join(ROOT, "deploy", "Caddyfile")) as file:
        # No administration and no port 80 on a machine that others use.
        text = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tgrace_period 1s\n}\n" + file.read()
    (home / "Caddyfile").write_text(text)
    environment = dict(os.environ, HOME=str(home), XDG_DATA_HOME=str(home), XDG_CONFIG_HOME=str(home),
                       LUTHIER_SITE="https://localhost:%d" % port, LUTHIER_UPSTREAM="127.0.0.1:%d" % server.port)
    log = open(str(home / "log"), "wb")
    process = subprocess.Popen([caddy, "run", "--config", str(home / "Caddyfile"), "--adapter", "caddyfile"],
                               env=environment, stdout=log, stderr=log)
    authority = str(home / "caddy" / "pki" / "authorities" / "local" / "root.crt")

    def answers():
        assert process.poll() is None, (home / "log").read_text()
        try:
            return os.path.exists(authority) and ask(port, authority, "GET", "/api/health")[0] == 200
        except OSError:
            return False

    try:
        wait_for(answers, 60, "Caddy answers", lambda: (home / "log").read_text())
        yield server, port, authority
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def test_caddy_speaks_http2_and_passes_events_and_uploads_on_as_they_come(caddy, tmp_path):
    server, port, authority = caddy
    with connect(port, authority, set_alpn_protocols=(["h2", "http/1.1"],)) as client:
        assert client.selected_alpn_protocol() == "h2"
    fields = login(port, authority)
    direct = member(server.url, "grace")

    # Over HTTP/2: the stream's events arrive while it stays open.
    out = open(str(tmp_path / "events"), "wb")
    curl = subprocess.Popen([
        "curl", "-sSN", "--http2", "--cacert", authority, "--resolve", "localhost:%d:127.0.0.1" % port, "-D", str(tmp_path / "head"),
        "-H", "Authorization: " + fields["Authorization"], "https://localhost:%d/api/events" % port], stdout=out)
    try:
        wait_for(lambda: os.path.exists(str(tmp_path / "head")) and (tmp_path / "head").read_text().startswith("HTTP/2 200"),
                 30, "the stream begins over HTTP/2")
        status, body = upload(port, authority, fields, "events.json", b'[{"instruction":"a","output":"b"}]')
        assert status in (200, 201), body
        wait_for(lambda: b"data:" in (tmp_path / "events").read_bytes(), 10, "an event arrives while the stream is open")
        assert curl.poll() is None
    finally:
        curl.terminate()
        curl.wait()
        out.close()

    # An upload reaches the server while it is still being sent: what is refused early is answered early.
    sent = connect(port, authority)
    size = 500 << 20
    sent.sendall((
        "POST /api/files/datasets HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n" % (fields["Authorization"], size)).encode() + b"-" * 65536)
    assert b" 413 " in sent.recv(4096)
    sent.close()

    # And a chunked one is taken piece by piece, without a length.
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="pieces.json"\r\n\r\n['
    piece = b'{"instruction":"%s","output":"b"},' % (b"a" * 1000)
    sent = connect(port, authority)
    sent.sendall((
        "POST /api/files/datasets HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n" % fields["Authorization"]).encode())

    def chunk(data):
        sent.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    chunk(body)
    for _ in range(2000):
        chunk(piece)
    # A part of it lies on the server's disk before it has an end.
    wait_for(lambda: growing(server.data) > 500_000, 30, "the upload arrives while it is sent")
    chunk(b'{"instruction":"a","output":"b"}]\r\n--b--\r\n')
    sent.sendall(b"0\r\n\r\n")
    assert b" 20" in sent.recv(4096).split(b"\r\n")[0]
    sent.close()
    assert direct.get("/api/auth/me")["username"] == "grace"


def upload(port, authority, fields, name, content):
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--b--\r\n' % (
        name.encode(), content)
    return ask(port, authority, "POST", "/api/files/datasets", body, dict(
        fields, **{"Content-Type": "multipart/form-data; boundary=b"}))


def growing(data):
    """Bytes of users' files."""
    total = 0
    for folder, _, files in os.walk(os.path.join(data, "users")):
        for name in files:
            try:
                total += os.path.getsize(os.path.join(folder, name))
            except OSError:
                pass
    return total
