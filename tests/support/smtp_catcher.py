"""A real SMTP server for the tests, on loopback only: takes every mail and keeps it in a folder.

    python3 smtp_catcher.py --dir DIR [--port NAME=PORT]...

It prints one line of JSON when it listens, and ends when its standard input is closed, so that it
never outlives the test that started it:

    {"plain": 40001, "starttls": 40002, "tls": 40003, "silent": 40004, "ca": "DIR/ca.pem"}

    plain     offers no STARTTLS
    starttls  offers STARTTLS and takes no mail without it
    tls       TLS from the first byte
    silent    accepts the connection and never says a word

The ports are free ones unless `--port` names them: a server that "comes back" needs its old port.
A folder that is used again keeps its certificates and goes on counting.

Each mail it accepts becomes two files, the second one last and each renamed into place, so that
who sees the `.eml` can read both:

    DIR/0001-starttls.json   {"mail_from", "rcpt_tos", "listener", "tls"}
    DIR/0001-starttls.eml    the bytes after DATA, as they came

What happens to a recipient is told by how its local part begins:

    tempfail  451 to the first two RCPT TO for that address, then accepted
    permfail  550 to every RCPT TO
    permonce  550 to the first RCPT TO for that address, then accepted
    slow      accepted; the 250 after DATA comes 3 seconds late
    reset     accepted and kept; the connection is cut instead of the 250

Who wants to log in may do so over TLS, with any name and a password that does not begin with
`wrong`.
"""

import argparse
import asyncio
import collections
import datetime
import ipaddress
import json
import logging
import os
import ssl
import sys
import threading
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LISTENERS = ("plain", "starttls", "tls", "silent")
TEMPORARY_FAILURES = 2
SLOW_SECONDS = 3


class Folder:
    """Where the mails go; one counter for all listeners, so that names sort by arrival."""

    def __init__(self, path):
        self.path = path
        self.count = max((int(p.name.split("-")[0]) for p in path.glob("*-*.eml")), default=0)

    def keep(self, listener, tls, envelope):
        self.count += 1
        name = f"{self.count:04}-{listener}"
        about = {
            "mail_from": envelope.mail_from,
            "rcpt_tos": envelope.rcpt_tos,
            "listener": listener,
            "tls": tls,
        }
        write_whole(self.path / f"{name}.json", json.dumps(about).encode())
        write_whole(self.path / f"{name}.eml", envelope.original_content)


class Catcher:
    """aiosmtpd's hooks for one listener."""

    def __init__(self, listener, folder, refusals):
        self.listener = listener
        self.folder = folder
        self.refusals = refusals

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("permfail"):
            return "550 5.1.1 No such mailbox"
        if address.startswith("permonce") and self.refusals[address] < 1:
            self.refusals[address] += 1
            return "550 5.2.1 Mailbox disabled"
        if address.startswith("tempfail") and self.refusals[address] < TEMPORARY_FAILURES:
            self.refusals[address] += 1
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        tls = server.transport.get_extra_info("ssl_object") is not None
        self.folder.keep(self.listener, tls, envelope)
        if any(address.startswith("reset") for address in envelope.rcpt_tos):
            server.transport.abort()
        if any(address.startswith("slow") for address in envelope.rcpt_tos):
            await asyncio.sleep(SLOW_SECONDS)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, login):
    return AuthResult(success=not login.password.startswith(b"wrong"), handled=False)


async def serve(path, ports):
    folder = Folder(path)
    # One memory for all listeners: a sender may try again elsewhere.
    refusals = collections.Counter()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate_chain(path), path / "server.key")

    def protocol(listener, **options):
        # Naming the host keeps aiosmtpd from asking DNS for it.
        return lambda: SMTP(
            Catcher(listener, folder, refusals),
            hostname="localhost",
            enable_SMTPUTF8=True,
            authenticator=authenticate,
            **options,
        )

    loop = asyncio.get_running_loop()

    async def listen(listener, factory, **options):
        server = await loop.create_server(factory, "127.0.0.1", ports[listener], **options)
        return server.sockets[0].getsockname()[1]

    listening = {
        "plain": await listen("plain", protocol("plain")),
        "starttls": await listen(
            "starttls", protocol("starttls", tls_context=tls, require_starttls=True)
        ),
        "tls": await listen("tls", protocol("tls"), ssl=tls),
        "silent": await listen("silent", asyncio.Protocol),
        "ca": str(path / "ca.pem"),
    }
    print(json.dumps(listening), flush=True)

    closed = asyncio.Event()

    def wait_for_the_end():
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    await closed.wait()


def certificate_chain(path):
    """The certificate for localhost, made with its throw-away authority when there is none yet."""
    chain = path / "server.pem"
    if not chain.exists():
        authority_key = ec.generate_private_key(ec.SECP256R1())
        server_key = ec.generate_private_key(ec.SECP256R1())
        authority = certificate("Licentia test CA", authority_key)
        server = certificate("localhost", server_key, authority, authority_key)
        private = server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_whole(path / "server.key", private)
        write_whole(path / "ca.pem", authority.public_bytes(serialization.Encoding.PEM))
        write_whole(chain, server.public_bytes(serialization.Encoding.PEM))
    return chain


def certificate(name, key, issuer=None, issuer_key=None):
    """An authority's own certificate, or a server's signed by `issuer`."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Wide enough for tests that run on another year's clock.
        .not_valid_before(datetime.datetime(2000, 1, 1))
        .not_valid_after(datetime.datetime(2100, 1, 1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256())


def write_whole(path, content):
    """Writes a file so that nobody sees half of it."""
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)


def port_of(text):
    listener, _, port = text.partition("=")
    if listener not in LISTENERS or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"not one of {', '.join(LISTENERS)} with =PORT: {text}")
    return listener, int(port)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=Path, required=True, help="where the mails are kept")
    parser.add_argument("--port", type=port_of, action="append", default=[], metavar="NAME=PORT")
    arguments = parser.parse_args()
    # A connection that is cut is what some tests are about; its traceback says nothing new.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    arguments.dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(arguments.dir, dict.fromkeys(LISTENERS, 0) | dict(arguments.port)))


if __name__ == "__main__":
    main()
