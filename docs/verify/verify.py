# Verifies a license as docs/verify.md says:  python3 verify.py ROOTS LICENSE THUMBPRINT [NOW]
# Needs Python 3.8, PyJWT 2.6 and cryptography (Debian: python3-jwt and python3-cryptography).
# Prints the claims and the emergency accounts of now; or one word why not, and exits with 1.
import base64
import hashlib
import json
import sys
import time
from datetime import datetime

import jwt
from jwt.algorithms import OKPAlgorithm


def verify(token, pinned, own_thumbprint, now):
    header = header_of(token, "license+jwt")
    cert = header.get("cert")
    require(isinstance(cert, str), "malformed")
    roots = {thumbprint(root): root for root in pinned["roots"]}
    certificate = certified(cert, roots)

    issuing = certificate["cnf"]["jwk"]
    require(issuing.get("kty") == "OKP" and issuing.get("crv") == "Ed25519", "key")
    require(len(decode(issuing["x"], "key")) == 32, "key")
    kid = thumbprint(issuing)
    require(header.get("kid") == kid, "foreign-key")
    license = signed_claims(token, issuing)

    iat, aud, withdrawn = license["iat"], license["aud"], [certificate.get("withdrawn", [])]
    for known in pinned.get("certificates", []):
        withdrawn.append(certified(known, roots).get("withdrawn", []))
    begins, ends = certificate["issue_from"], certificate["issue_until"]
    require(type(iat) is type(begins) is type(ends) is int, "malformed")
    # Of a text, `in` would take a part for the whole.
    require(all(isinstance(each, list) for each in [aud, *withdrawn]), "malformed")
    require(not any(kid in keys for keys in withdrawn), "withdrawn")
    require(begins <= iat < ends, "outside-certificate")
    require(license["iss"] == pinned["issuer"], "issuer")
    require(own_thumbprint in aud, "audience")
    require(iat <= now + 24 * 60 * 60, "issued-ahead")
    return license


def certified(cert, roots):
    kid = header_of(cert, "license-key+jwt").get("kid")
    require(kid in roots, "unknown-root")
    return signed_claims(cert, roots[kid])


def emergency_accounts(license, now):
    grant = license.get("emergency")
    if grant is None or not instant(grant["from"]) <= now < instant(grant["until"]):
        return 0
    return grant["accounts"]


class Refused(Exception):
    """The license is not to be used; the message is the one word why."""


def require(holds, why):
    if not holds:
        raise Refused(why)


def header_of(token, typ):
    parts = token.split(".")
    require(len(parts) == 3, "malformed")
    header = json.loads([decode(part) for part in parts][0])
    require(isinstance(header, dict), "malformed")
    require(header.get("alg") == "EdDSA", "algorithm")
    require(header.get("typ") == typ, "type")
    require("crit" not in header, "critical")
    return header


def signed_claims(token, jwk):
    # The signature alone: PyJWT's rules for claims (exp, aud …) are not those of a license.
    key = OKPAlgorithm.from_jwk(json.dumps(jwk))
    claims = json.loads(jwt.PyJWS().decode(token, key, algorithms=["EdDSA"]))
    require(isinstance(claims, dict), "malformed")
    return claims


def decode(part, why="malformed"):
    # Python's decoder skips what is foreign; whoever writes the same again has read it whole.
    raw = base64.urlsafe_b64decode(part + "==")
    require(base64.urlsafe_b64encode(raw).decode().rstrip("=") == part, why)
    return raw


def thumbprint(jwk):
    members = {name: jwk[name] for name in ("crv", "kty", "x")}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        pinned = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        token = file.read().strip()
    now = int(sys.argv[4]) if len(sys.argv) > 4 else int(time.time())
    try:
        license = verify(token, pinned, sys.argv[3], now)
        accounts = emergency_accounts(license, now)
    except Refused as why:
        sys.exit(str(why))
    except jwt.InvalidSignatureError:
        sys.exit("signature")
    except (jwt.PyJWTError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        sys.exit("malformed")
    print(json.dumps(license))
    print(json.dumps({"emergency_accounts": accounts}))
