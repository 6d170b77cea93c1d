"""A realm of MIT Kerberos of one's own, on loopback, and MIT's library as a second opinion on every ticket."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ctypes import CDLL, POINTER, Structure, byref, c_byte, c_char_p, c_int32, c_uint, c_void_p, cast, string_at
from dataclasses import dataclass
from pathlib import Path

REALM = "TEST.ECPA"
CONFIG = """
[libdefaults]
default_realm = {realm}
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
allow_rc4 = true
allow_weak_crypto = false
permitted_enctypes = aes256-cts aes128-cts aes256-sha2 aes128-sha2 arcfour-hmac
[realms]
{realm} = {{
kdc = 127.0.0.1:{port}
}}
"""
KDC_CONFIG = """
[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realm} = {{
database_name = {folder}/principal
key_stash_file = {folder}/stash
acl_file = {folder}/acl
supported_enctypes = aes256-cts:normal
}}
[logging]
kdc = FILE:{folder}/kdc.log
"""


@dataclass(frozen=True)
class Realm:
    """A realm that is up. ``environment`` is what its programs run with."""

    folder: Path
    environment: dict[str, str]

    def administer(self, *commands: str) -> None:
        """Run commands of kadmin. It ends well whatever they do: look for what they should have made."""
        self.run("kadmin.local", "-r", REALM, given="".join(f"{command}\n" for command in commands))

    def run(self, *command: str, given: str = "") -> None:
        subprocess.run(
            command, input=given, text=True, env=self.environment, check=True, capture_output=True, timeout=20
        )

    def keytab(self, *services: str) -> Path:
        path = self.folder / f"{'-'.join(services)}.keytab"
        self.administer(f"ktadd -norandkey -k {path} {' '.join(services)}")
        assert path.exists(), services
        return path

    def sign_in(self, person: str) -> str:
        """Sign a person in whose password is their name; gives the cache of their tickets."""
        cache = f"FILE:{self.folder}/of-{len(person)}-{person[:8]}"
        self.run("kinit", "-c", cache, person, given=f"{person}\n")
        return cache


@contextmanager
def realm_up(folder: Path, people: Sequence[str], services: dict[str, str]) -> Iterator[Realm]:
    """Have a realm with these people, and services with their way of encryption. It is gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"realm": REALM, "port": port, "folder": folder}
    files = {"KRB5_CONFIG": CONFIG, "KRB5_KDC_PROFILE": KDC_CONFIG}
    for name, text in files.items():
        (folder / name).write_text(text.format(**given))
    own = {name: str(folder / name) for name in files}
    environment = {**os.environ, **own, "PATH": f"{os.environ['PATH']}:/usr/sbin", "KRB5RCACHENAME": "none:"}
    realm = Realm(folder, environment)
    realm.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
    realm.administer(
        *(f"addprinc -pw {person} {person}" for person in people),
        *(f"addprinc -randkey -e {how}:normal {service}" for service, how in services.items()),
    )
    command = ["krb5kdc", "-n", "-r", REALM, "-P", str(folder / "pid")]
    kdc = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = {name: os.environ.get(name) for name in own}
    try:
        _wait_for(port)
        os.environ.update(own)
        yield realm
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
        kdc.terminate()
        kdc.wait(10)


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise TimeoutError("the realm does not come up")


# --- MIT's library ---


class Data(Structure):
    _fields_ = (("magic", c_int32), ("length", c_uint), ("data", c_void_p))


class Credentials(Structure):
    """As much of krb5_creds as is set here; the rest is room."""

    _fields_ = (("magic", c_int32), ("client", c_void_p), ("server", c_void_p), ("rest", c_byte * 512))


class Authenticator(Structure):
    """As much of krb5_authenticator as is read here."""

    _fields_ = (("magic", c_int32), ("client", c_void_p))


class Mit:
    """One context of the library. Nothing is freed: it ends with the process."""

    def __init__(self) -> None:
        self.library = CDLL("libkrb5.so.3")
        self.context = c_void_p()
        self.call("krb5_init_context", byref(self.context))

    def call(self, name: str, *given: object) -> None:
        """:raises OSError: with the library's code."""
        function = getattr(self.library, name)
        function.restype = c_int32
        if code := function(*given):
            raise OSError(code, name)

    def ticket(self, service: str, cache: str) -> bytes:
        """The AP-REQ for a service, of the person whose tickets are in this cache."""
        context, opened, me, server, connection = self.context, c_void_p(), c_void_p(), c_void_p(), c_void_p()
        wanted, got, message = Credentials(), c_void_p(), Data()
        self.call("krb5_cc_resolve", context, cache.encode(), byref(opened))
        self.call("krb5_cc_get_principal", context, opened, byref(me))
        self.call("krb5_parse_name", context, service.encode(), byref(server))
        wanted.client, wanted.server = me, server
        self.call("krb5_get_credentials", context, 0, opened, byref(wanted), byref(got))
        self.call("krb5_auth_con_init", context, byref(connection))
        self.call("krb5_mk_req_extended", context, byref(connection), 0, None, got, byref(message))
        return string_at(message.data, message.length)

    def account(self, message: bytes, service: str, keytab: Path, realm: str = REALM) -> str:
        """Whose ticket this is.

        :raises OSError: it is refused.
        """
        context, held, server, connection = self.context, c_void_p(), c_void_p(), c_void_p()
        given = Data(0, len(message), cast(c_char_p(message), c_void_p))
        self.call("krb5_kt_resolve", context, f"FILE:{keytab}".encode(), byref(held))
        self.call("krb5_parse_name", context, f"{service}@{realm}".encode(), byref(server))
        self.call("krb5_auth_con_init", context, byref(connection))
        self.call("krb5_auth_con_setflags", context, connection, c_int32(0))  # no replay cache
        self.call("krb5_rd_req", context, byref(connection), byref(given), server, held, None, None)
        authenticator, name = POINTER(Authenticator)(), c_char_p()
        self.call("krb5_auth_con_getauthenticator", context, connection, byref(authenticator))
        client = c_void_p(authenticator.contents.client)
        self.call("krb5_unparse_name_flags", context, client, c_int32(4), byref(name))  # for display, unescaped
        return (name.value or b"").decode(errors="replace")
