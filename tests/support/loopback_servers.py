"""Servers on this machine for tests of the wire: each does to its callers what a test says, and counts them."""

from __future__ import annotations

import datetime
import select
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from internals import Network, Wire

EVERY = 0.02  # seconds between the bytes of a drip


@dataclass
class Peer:
    """One accepted connection; ``number`` counts from 0."""

    link: socket.socket
    number: int
    asked: list[bytes]

    def request(self) -> bytes:
        """The next request, head and body; empty when the caller has gone."""
        read = b""
        while not _is_whole(read):
            more = self.link.recv(65536)
            if not more:
                return b""
            read += more
        self.asked.append(read)
        return read

    def send(self, content: bytes) -> None:
        self.link.sendall(content)

    def drip(self, content: bytes) -> None:
        """Send it one byte at a time; the caller going away ends it."""
        for byte in content:
            self.link.sendall(bytes([byte]))
            time.sleep(EVERY)

    def reset(self) -> None:
        """Break the connection off without a goodbye."""
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.link.close()


Talk = Callable[[Peer], None]
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """One HTTP answer."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def answering(content: bytes) -> Talk:
    """Answer every request of every connection with these bytes."""

    def talk(peer: Peer) -> None:
        while peer.request():
            peer.send(content)

    return talk


def forwarding(word: str = "", *, status: str = "200 Go on") -> Talk:
    """Be a forward proxy: every host is this machine. ``word`` is ``name:password`` that it asks for."""
    wanted = f"Proxy-Authorization: Basic {b64encode(word.encode()).decode()}\r\n".lower().encode()

    def talk(peer: Peer) -> None:
        asked = peer.request()
        if word and wanted not in asked.lower():
            return peer.send(answer(b"", status="407 Who are you"))
        if not status.startswith("200"):
            return peer.send(answer(b"", status=status))
        port = int(asked.split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port), 5) as onward:
            peer.send(f"HTTP/1.1 {status}\r\n\r\n".encode())
            _carry(peer.link, onward)
        return None

    return talk


def _carry(near: Any, far: socket.socket) -> None:
    """Carry bytes both ways until an end is closed."""
    while sides := [near] if getattr(near, "pending", int)() else select.select([near, far], [], [], 10)[0]:
        for side in sides:
            if not (content := side.recv(65536)):
                return
            (far if side is near else near).sendall(content)


@dataclass
class Server:
    """``port`` on loopback; ``accepted`` connections and the requests that were ``asked`` so far."""

    port: int
    accepted: int = 0
    asked: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def tls_url(self) -> str:
        return f"https://localhost:{self.port}/"


@contextmanager
def serve(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that runs ``talk`` on every connection; with a ``context``, inside TLS."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server = Server(listener.getsockname()[1])
        threads, links = list[threading.Thread](), list[socket.socket]()

        def converse(link: socket.socket, number: int) -> None:
            try:
                inside = context.wrap_socket(link, server_side=True) if context else link
                with inside:
                    links.append(inside)
                    talk(Peer(inside, number, server.asked))
            except OSError:
                link.close()

        def accept() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                link.settimeout(5)
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                thread = threading.Thread(target=converse, args=(link, server.accepted))
                server.accepted += 1
                threads.append(thread)
                thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for link in links:
                with suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(5)


@contextmanager
def wired(network: Network | None = None, *, deadline: float = 5.0, **rules: Any) -> Iterator[Wire]:
    """A wire with these rules."""
    with closing(Wire(network, deadline=deadline, **rules)) as wire:
        yield wire


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a test: its ``roots`` file, and a server's context for ``localhost``."""

    roots: Path
    server: ssl.SSLContext
    key: Key

    @property
    def rules(self) -> dict[str, Any]:
        """Rules of a wire that calls such a server."""
        return {"ca_bundle": self.roots, "allow_private": True}

    @classmethod
    def made_in(cls, folder: Path) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        root = _certificate("Test root", key, key, x509.BasicConstraints(ca=True, path_length=0))
        (folder / "roots.pem").write_bytes(root)
        return cls(folder / "roots.pem", server_context(folder / "server.pem", key), key)

    def server_for(self, *names: str, of: Key | None = None, lives: tuple[int, int] = (-1, 1)) -> ssl.SSLContext:
        """The context of a server with these names, whose certificate lives between two days from now."""
        return server_context(self.roots.with_name("other.pem"), self.key, *names, of=of, lives=lives)


def server_context(
    at: Path, signer: Key, *names: str, of: Key | None = None, lives: tuple[int, int] = (-1, 1)
) -> ssl.SSLContext:
    """Issue a certificate for ``names``, or for this machine, and write it with its key."""
    own = of or ec.generate_private_key(ec.SECP256R1())
    machine = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    hosts = x509.SubjectAlternativeName([x509.DNSName(name) for name in names] or machine)
    leaf = _certificate("a server", own, signer, x509.BasicConstraints(False, None), hosts, lives=lives)
    private = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    at.write_bytes(private + leaf)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(at)
    return context


def _certificate(
    name: str, key: Key, signer: Key, *extensions: x509.ExtensionType, lives: tuple[int, int] = (-1, 1)
) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    begins, ends = (now + datetime.timedelta(days=days) for days in lives)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _is_whole(request: bytes) -> bool:
    head, separator, body = request.partition(b"\r\n\r\n")
    if not separator:
        return False
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return len(body) >= int(length.split(b":")[1])
