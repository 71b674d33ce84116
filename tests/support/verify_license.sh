#!/usr/bin/env bash
# Verifies a license with OpenSSL's command line alone (and jq, to read JSON).
#
#   verify_license.sh --roots ROOTS.json [--aud THUMBPRINT] LICENSE
#
# Takes and prints what verify_license.py does, by the same rules (ARCHITECTURE.md, "The license"):
# the claims as JSON; or one word, why not, on standard error, with exit code 1.
# shellcheck disable=SC2016 # the $ in single quotes are jq's
set -euo pipefail

usage() {
    echo "usage: verify_license.sh --roots ROOTS.json [--aud THUMBPRINT] LICENSE" >&2
    exit 64
}

refuse() {
    echo "$1" >&2
    exit 1
}

roots=
audience=
while [ $# -gt 1 ]; do
    case $1 in
    --roots) roots=$2 ;;
    --aud) audience=$2 ;;
    *) usage ;;
    esac
    shift 2
done
if [ $# -ne 1 ] || [ -z "$roots" ]; then usage; fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/verify-license.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# Base64url without padding (RFC 7515 section 2), from standard input to standard output.
decode() {
    local text
    text=$(cat)
    case $text in *[!A-Za-z0-9_-]*) return 1 ;; esac
    while [ $((${#text} % 4)) -ne 0 ]; do text+='='; done
    printf '%s' "$text" | tr '_-' '/+' | base64 -d 2>/dev/null
}

encode() {
    base64 -w 0 | tr '/+' '_-' | tr -d '='
}

# What RFC 7638 makes of an Ed25519 key whose `x` is $1.
thumbprint() {
    printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$1" | openssl dgst -sha256 -binary | encode
}

# Takes the token $1 apart into $scratch/$2.{header,claims,signature,signed}; $3 is its `typ`.
take_apart() {
    local part='[A-Za-z0-9_-]+'
    [[ $1 =~ ^($part)\.($part)\.($part)$ ]] || refuse malformed
    local header=${BASH_REMATCH[1]} claims=${BASH_REMATCH[2]} signature=${BASH_REMATCH[3]}
    printf '%s.%s' "$header" "$claims" >"$scratch/$2.signed"
    printf '%s' "$header" | decode >"$scratch/$2.header" || refuse malformed
    printf '%s' "$claims" | decode >"$scratch/$2.claims" || refuse malformed
    printf '%s' "$signature" | decode >"$scratch/$2.signature" || refuse malformed
    jq -es 'length == 1 and (.[0] | type == "object")' "$scratch/$2.header" >/dev/null 2>&1 ||
        refuse malformed
    jq -e '.alg == "EdDSA"' "$scratch/$2.header" >/dev/null || refuse algorithm
    jq -e --arg typ "$3" '.typ == $typ' "$scratch/$2.header" >/dev/null || refuse type
    jq -e 'has("crit") | not' "$scratch/$2.header" >/dev/null || refuse malformed
}

# Checks the signature of the part $1 with the Ed25519 key whose `x` is $2.
check_signature() {
    # SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 section 4): a fixed head, then 32 bytes.
    {
        printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'
        printf '%s' "$2" | decode
    } >"$scratch/key.der" || refuse malformed
    openssl pkey -pubin -inform DER -in "$scratch/key.der" -out "$scratch/key.pem" 2>/dev/null ||
        refuse malformed
    openssl pkeyutl -verify -pubin -inkey "$scratch/key.pem" -rawin \
        -in "$scratch/$1.signed" -sigfile "$scratch/$1.signature" >/dev/null 2>&1 ||
        refuse signature
}

# Reads the string at the jq path $2 of the file $1; refuses when there is none.
string_at() {
    jq -er "$2 | strings" "$scratch/$1" 2>/dev/null || refuse malformed
}

token=$(cat -- "$1" | tr -d '\r\n')
take_apart "$token" license 'license+jwt'
certificate=$(string_at license.header .cert)
take_apart "$certificate" certificate 'license-key+jwt'

root_kid=$(string_at certificate.header .kid)
root=
while read -r x; do
    if [ "$(thumbprint "$x")" = "$root_kid" ]; then root=$x; fi
done < <(jq -r '.roots[] | select(.kty == "OKP" and .crv == "Ed25519") | .x' "$roots")
[ -n "$root" ] || refuse unknown-root
check_signature certificate "$root"

jq -e '.cnf.jwk | .kty == "OKP" and .crv == "Ed25519"' "$scratch/certificate.claims" \
    >/dev/null 2>&1 || refuse malformed
issuing=$(string_at certificate.claims .cnf.jwk.x)
kid=$(thumbprint "$issuing")
named=$(string_at license.header .kid)
[ "$named" = "$kid" ] || refuse foreign-key
check_signature license "$issuing"

# From here both signatures are good: the claims may be believed.
holds() {
    jq -en --arg kid "$kid" --arg audience "$audience" \
        --slurpfile certificates "$scratch/certificate.claims" \
        --slurpfile licenses "$scratch/license.claims" --slurpfile pinned "$roots" \
        '$certificates[0] as $certificate | $licenses[0] as $license | '"$1" >/dev/null 2>&1
}
holds '[$license.iat, $certificate.issue_from, $certificate.issue_until] | all(type == "number")' ||
    refuse malformed
holds '[$license.aud, ($certificate.withdrawn // [])] | all(type == "array")' || refuse malformed
holds '$certificate.withdrawn // [] | index($kid) == null' || refuse withdrawn
holds '$certificate.issue_from <= $license.iat and $license.iat < $certificate.issue_until' ||
    refuse outside-certificate
holds '$license.iss == $pinned[0].issuer' || refuse issuer
holds '$audience == "" or ($license.aud | index($audience) != null)' || refuse audience

jq -c . "$scratch/license.claims"
