"""A real server on loopback, a toy tape, and a counter of what touched the network."""

import contextlib
import datetime as dt
import gzip
import ipaddress
import json
import socket
import ssl
import struct
import sys
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contractkit.errors import CassetteMiss

LARGE = bytes(range(256)) * 4096


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.server.connections += 1

    def handle_any(self):
        with self.server.lock:
            self.server.hits += 1
        body = self.read_body()
        path = self.path.partition("?")[0]
        if "://" in path:
            path = "/" + path.split("/", 3)[3]
        self.route = path
        getattr(self, "at_" + path.strip("/").split("/")[0].replace("-", "_"), self.at_items)(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def do_CONNECT(self):
        """A forward proxy for tunnels: joins the client to the named port of this machine."""
        self.server.hits += 1
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as far:
            self.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            far.setblocking(True)
            back = threading.Thread(target=pump, args=(far, self.connection))
            back.start()
            pump(self.connection, far)
            back.join()
        self.close_connection = True

    def read_body(self):
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Transfer_Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def at_items(self, body):
        told = {
            "method": self.command,
            "path": self.path,
            "sent": body.decode("latin-1"),
            "headers": self.headers.items(),
        }
        self.reply(200, json.dumps(told).encode(), Content_Type="application/json;charset=utf-8")

    def at_gzip(self, _):
        self.reply(200, gzip.compress(b'{"packed": true}'), Content_Encoding="gzip", Content_Type="application/json")

    def at_chunked(self, _):
        self.reply(200, b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", Transfer_Encoding="chunked")

    def at_large(self, _):
        self.reply(200, LARGE)

    def at_redirect(self, _):
        self.reply(302, b"", Location="/items/moved")

    def at_empty(self, _):
        self.send_response(204)
        self.end_headers()

    def at_same(self, _):
        self.send_response(304)
        self.send_header("ETag", '"1"')
        self.end_headers()

    def at_cookies(self, _):
        self.send_response(200)
        for value in ("a=1", "b=2"):
            self.send_header("Set-Cookie", value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def at_slow(self, _):
        self.server.stopping.wait(3)
        self.close_connection = True

    def at_later(self, body):
        self.server.stopping.wait(0.1)
        self.at_items(body)

    def at_reset(self, _):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.wfile = self.rfile

    def at_cut(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def at_vpcs(self, _):
        self.reply(200, b'{"vpcs": [], "isTruncated": false, "maxKeys": 1000}', Content_Type="application/json")

    def at_v1(self, body):
        known = {"vpc": self.at_vpcs, "eip": self.at_eip}
        known.get(self.route.split("/")[2], self.at_items)(body)

    def at_eip(self, _):
        self.reply(200, b'{"eip": "10.0.0.7"}', Content_Type="application/json;charset=utf-8")

    def log_message(self, *_):
        """Quiet."""

    def finish(self):
        with contextlib.suppress(OSError, ValueError):  # a client that leaves early is part of these tests
            super().finish()


def pump(source, sink):
    with contextlib.suppress(OSError):  # either side may leave first
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True
    block_on_close = False

    def __init__(self, context=None):
        self.hits, self.connections, self.lock, self.stopping = 0, 0, threading.Lock(), threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if context is not None:
            self.scheme = "https"
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    @property
    def authority(self):
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self):
        return f"{self.scheme}://{self.authority}"

    def handle_error(self, *_):
        """A client that went away is part of the tests."""

    def stop(self):
        if not self.stopping.is_set():
            self.stopping.set()
            self.shutdown()
            self.server_close()
            self._thread.join()


class ToyTape:
    """Keeps answers by method, URL (without clientToken) and body; replays each in order, the last one again."""

    def __init__(self):
        self.kept, self.live, self.replayed = defaultdict(list), False, 0
        self.requests, self._lock, self._at = [], threading.Lock(), defaultdict(int)

    @staticmethod
    def key(request):
        query = sorted(item for item in request.query if item[0] != "clientToken")
        return request.method, request.authority, request.path, str(query), request.body

    def answer(self, request):
        with self._lock:
            self.requests.append(request)
            if self.live:
                return None
            key = self.key(request)
            answers = self.kept.get(key)
            if not answers:
                raise CassetteMiss(f"nothing recorded for {request.method} {request.path}: record it")
            self.replayed += 1
            self._at[key] += 1
            return answers[min(self._at[key], len(answers)) - 1]

    def keep(self, request, response):
        with self._lock:
            self.kept[self.key(request)].append(response)

    def exchange(self, request, send):
        answer = self.answer(request)
        if answer is None:
            answer = send(request)
            self.keep(request, answer)
        return answer

    def keep_fault(self, request, error):
        """Faults are none of its business."""

    @property
    def count(self):
        return sum(map(len, self.kept.values()))


@pytest.fixture
def tape():
    return ToyTape()


@pytest.fixture
def server():
    running = Server()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def authority_files(tmp_path_factory):
    """A certificate authority of our own and a server certificate for 127.0.0.1 and localhost."""
    directory = tmp_path_factory.mktemp("ca")
    root_key, root = certificate("root", None, None)
    leaf_key, leaf = certificate("localhost", root_key, root)
    (directory / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    key = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "leaf.pem").write_bytes(key + leaf.public_bytes(serialization.Encoding.PEM))
    return str(directory / "ca.pem"), str(directory / "leaf.pem")


def certificate(name, signer_key, signer):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    usage = x509.KeyUsage(True, False, False, False, False, signer is None, signer is None, False, False)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    issuer = (signer_key or key).public_key()
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
    return key, builder.sign(signer_key or key, hashes.SHA256())


@pytest.fixture
def tls_server(authority_files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority_files[1])
    running = Server(context)
    yield running
    running.stop()


class NetworkEvents:
    """Counts Internet sockets made or connected and names looked up, by the interpreter's own audit events."""

    def __init__(self):
        self.seen, self.counting = [], False
        sys.addaudithook(self)

    def __call__(self, event, args):
        if not self.counting or not event.startswith("socket."):
            return
        if event == "socket.__new__" and args[1] in (socket.AF_INET, socket.AF_INET6):
            self.seen.append((event, args[1]))
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            self.seen.append((event, args[0]))
        elif event in ("socket.connect", "socket.sendto") and args[0].family != socket.AF_UNIX:
            self.seen.append((event, args[1]))

    @contextlib.contextmanager
    def count(self):
        self.seen.clear()
        self.counting = True
        try:
            yield self.seen
        finally:
            self.counting = False


@pytest.fixture(scope="session")
def events():
    return NetworkEvents()
