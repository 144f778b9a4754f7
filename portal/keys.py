"""Signing keys: Ed25519, one file each in `KEYS_DIR`, outside the database.

A series of keys (`credential-0001.pem`, `credential-0002.pem` …) is added to and never taken from: the newest signs,
and what an older one signed stays checkable.
"""

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path

from django.conf import settings


def of(series):
    """Every key of `series` as (key id, Ed25519 private key), the oldest first; where there is none, one is made."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    files = sorted(folder().glob(f"{series}-*.pem")) or [make(f"{series}-0001.pem")]
    loaded = [load_pem_private_key(path.read_bytes(), password=None) for path in files]
    return [(thumbprint(key.public_key()), key) for key in loaded]


def newest(series):
    """The key that signs."""
    return of(series)[-1][1]


def box(series):
    """What seals and opens texts that only the portal may read: the newest key of `series` seals, every one opens."""
    from cryptography.fernet import Fernet, MultiFernet

    secrets_of = [hashlib.sha256(b"box" + key.private_bytes_raw()).digest() for _name, key in reversed(of(series))]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(secret)) for secret in secrets_of])


def folder():
    found = Path(settings.KEYS_DIR)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def make(name):
    """The path of a new key. Two processes that come at once end with one and the same: the link is made once."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path, own = folder() / name, folder() / f".{secrets.token_hex(8)}"
    with open(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
    return path


def jwk(public_key):
    """A public key as JSON Web Key, without its id."""
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(public_key.public_bytes_raw())}


def thumbprint(public_key):
    """The name of a public key: the RFC 7638 thumbprint."""
    plain = json.dumps(jwk(public_key), sort_keys=True, separators=(",", ":"))
    return b64(hashlib.sha256(plain.encode()).digest())


def b64(content):
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
