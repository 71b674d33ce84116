"""Verifies a license with PyJWT alone, as a vendor's product in another language would.

    python3 verify_license.py --roots ROOTS.json [--aud THUMBPRINT] LICENSE...

ROOTS.json is what `licentia keys export` writes, LICENSE a file with the token (`-` is standard
input). Prints the claims as JSON; or one word, why not, on standard error, and exits with 1:
malformed, algorithm, type, unknown-root, signature, foreign-key, withdrawn, outside-certificate,
issuer, audience. Of several files each has a line on standard output: its claims, or the word.

The rules are those of ARCHITECTURE.md, "The license". Nothing of Licentia's own code is used:
that its licenses need none is what this proves.
"""

import argparse
import base64
import hashlib
import json
import sys

import jwt
from jwt.algorithms import OKPAlgorithm

# A license has no `exp`; its `iat` is compared below with the certificate, not with this clock;
# its `aud` may be empty, which PyJWT would refuse.
UNCHECKED = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}


class Refused(Exception):
    """The token is not to be used; the message is the one word why."""


def verify(token, pinned, thumbprint=None):
    header = header_of(token, "license+jwt")
    certificate = verify_certificate(header.get("cert"), pinned["roots"])

    issuing = certificate["cnf"]["jwk"]
    kid = thumbprint_of(issuing)
    if header.get("kid") != kid:
        raise Refused("foreign-key")
    claims = decode(token, issuing)

    withdrawn = certificate.get("withdrawn", [])
    # Of a text, `in` would take a part for the whole.
    if not isinstance(claims["aud"], list) or not isinstance(withdrawn, list):
        raise Refused("malformed")
    if kid in withdrawn:
        raise Refused("withdrawn")
    if not certificate["issue_from"] <= claims["iat"] < certificate["issue_until"]:
        raise Refused("outside-certificate")
    if claims["iss"] != pinned["issuer"]:
        raise Refused("issuer")
    if thumbprint is not None and thumbprint not in claims["aud"]:
        raise Refused("audience")
    return claims


def verify_certificate(token, roots):
    if not isinstance(token, str):
        raise Refused("malformed")
    kid = header_of(token, "license-key+jwt").get("kid")
    root = next((root for root in roots if thumbprint_of(root) == kid), None)
    if root is None:
        raise Refused("unknown-root")
    return decode(token, root)


def header_of(token, typ):
    """The header, once its algorithm and its type are the pinned ones."""
    if token.count(".") != 2:
        raise Refused("malformed")
    header = jwt.get_unverified_header(token)
    if header.get("alg") != "EdDSA":
        raise Refused("algorithm")
    if header.get("typ") != typ:
        raise Refused("type")
    # An extension that must be understood (RFC 7515 section 4.1.11); none is.
    if "crit" in header:
        raise Refused("malformed")
    return header


def decode(token, jwk):
    # "EdDSA" alone would let an Ed448 key in.
    if jwk.get("crv") != "Ed25519":
        raise Refused("malformed")
    key = OKPAlgorithm.from_jwk(json.dumps(jwk))
    return jwt.decode(token, key, algorithms=["EdDSA"], options=UNCHECKED)


def thumbprint_of(jwk):
    """RFC 7638, for an Ed25519 key (RFC 8037 section 2)."""
    members = {name: jwk[name] for name in ("crv", "kty", "x")}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--roots", type=argparse.FileType(), required=True)
    parser.add_argument("--aud", metavar="THUMBPRINT")
    parser.add_argument("license", type=argparse.FileType(), nargs="+")
    arguments = parser.parse_args()
    pinned = json.load(arguments.roots)
    for file in arguments.license:
        claims, why = judge(file.read().strip(), pinned, arguments.aud)
        if why and len(arguments.license) == 1:
            sys.exit(why)
        print(why or json.dumps(claims, ensure_ascii=False))


def judge(token, pinned, thumbprint):
    """The claims, or the one word why not."""
    try:
        return verify(token, pinned, thumbprint), None
    except Refused as why:
        return None, str(why)
    except jwt.InvalidSignatureError:
        return None, "signature"
    except (jwt.PyJWTError, ValueError, KeyError, TypeError):
        return None, "malformed"


if __name__ == "__main__":
    main()
