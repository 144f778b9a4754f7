"""Open Badges 3.0: a certificate as a signed credential that anyone can check without asking us.

Signed as VC-JWT with Ed25519. The keys are files outside the database (`KEYS_DIR`); the newest signs, all are
published, so that what an older key signed stays checkable.
Sources: Open Badges 3.0 §8.2 (1EdTech), Bitstring Status List 1.0 (W3C).
"""

import gzip
import hashlib
import json
import secrets
from datetime import datetime, time, timedelta
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from portal import clock
from portal import keys as signing

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
LIST_LENGTH = 131_072
LIST_COUNTS_FOR = timedelta(days=7)


# Keys


def keys():
    """Every key that signs certificates, the oldest first (`portal.keys`)."""
    return signing.of("credential")


def key_set():
    """All public keys, as a JSON Web Key Set."""
    found = []
    for name, key in keys():
        found.append({**signing.jwk(key.public_key()), "kid": name, "alg": "EdDSA", "use": "sig"})
    return {"keys": found}


def sign(payload, kind="vc+jwt"):
    """(compact JWS, key id) of a payload, by the newest key."""
    name, key = keys()[-1]
    header = {"alg": "EdDSA", "typ": kind, "kid": f"{address('training:issuer-keys')}#{name}"}
    parts = ".".join(
        signing.b64(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()) for part in (header, payload)
    )
    return f"{parts}.{signing.b64(key.sign(parts.encode()))}", name


# What is signed


def address(name, *args):
    """The whole address of a page of the portal."""
    return settings.SITE_URL + reverse(name, args=args)


def issuer():
    """Who issues, as an Open Badges profile."""
    with override("en"):
        return {"id": address("training:issuer"), "type": ["Profile"], "name": str(settings.PORTAL_NAME)}


def payload(credential):
    """The Open Badges credential of a certificate, with the claims that a JWT repeats. It names no person:

    who may show it proves to have the e-mail address, of which it holds a salted hash.
    """
    valid_from = credential.issued_at
    subject_id = f"urn:uuid:{uuid4()}"
    subject = {
        "id": subject_id,
        "type": ["AchievementSubject"],
        "achievement": {
            "id": f"{address('training:verify', credential.serial)}#achievement",
            "type": ["Achievement"],
            "achievementType": "Certificate",
            "name": credential.title_th,
            "description": credential.title_en or credential.title_th,
            "criteria": {"narrative": _criteria(credential)},
            "inLanguage": "th",
        },
    }
    if credential.learner is not None and credential.learner.email:
        subject["identifier"] = [hashed_address(credential.learner.email)]
    index = credential.status_index
    status_list = address("training:status-list", index // LIST_LENGTH)
    body = {
        "@context": CONTEXT,
        "id": address("training:verify", credential.serial),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": credential.title_th,
        "issuer": issuer(),
        "validFrom": _moment(valid_from),
        "credentialSubject": subject,
        "credentialStatus": {
            "id": f"{status_list}#{index % LIST_LENGTH}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index % LIST_LENGTH),
            "statusListCredential": status_list,
        },
    }
    claims = {"iss": body["issuer"]["id"], "jti": body["id"], "sub": subject_id, "nbf": int(valid_from.timestamp())}
    if credential.valid_until:
        end = datetime.combine(credential.valid_until + timedelta(days=1), time.min, tzinfo=clock.BANGKOK)
        body["validUntil"] = _moment(end)
        claims["exp"] = int(end.timestamp())
    return {**body, **claims}


def _criteria(credential):
    hours = f" {credential.hours:g} ชั่วโมง" if credential.hours else ""
    return f"{credential.title_th}{hours}"


def hashed_address(email):
    """An e-mail address as an Open Badges identity object: hashed with a salt of its own."""
    salt = secrets.token_hex(16)
    digest = hashlib.sha256((email.lower() + salt).encode()).hexdigest()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }


def _moment(moment):
    return moment.astimezone(clock.BANGKOK).isoformat(timespec="seconds")


def envelope(credential):
    """The signed badge as JSON: W3C's enveloped verifiable credential."""
    return {
        "@context": CONTEXT[0],
        "id": f"data:application/vc+jwt,{credential.badge}",
        "type": "EnvelopedVerifiableCredential",
    }


def status_list(number, ended):
    """The signed list of revocations `number`; `ended` are the status indices whose certificates no longer count."""
    bits = bytearray(LIST_LENGTH // 8)
    for index in ended:
        place = index - number * LIST_LENGTH
        bits[place // 8] |= 0x80 >> (place % 8)
    now = clock.now()
    url = address("training:status-list", number)
    body = {
        "@context": CONTEXT[:1],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer(),
        "validFrom": _moment(now),
        "validUntil": _moment(now + LIST_COUNTS_FOR),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + signing.b64(gzip.compress(bytes(bits), mtime=0)),
        },
        "iss": issuer()["id"],
        "jti": url,
        "sub": f"{url}#list",
        "nbf": int(now.timestamp()),
    }
    return sign(body)[0]
