#!/usr/bin/env bash
# Verifies a license as docs/verify.md says:  bash verify.sh ROOTS LICENSE THUMBPRINT [NOW]
# Needs OpenSSL 3 and jq 1.6 (Debian: openssl and jq).
# Prints the claims and the emergency accounts of now; or one word why not, and exits with 1.
# shellcheck disable=SC2016 # the $ in single quotes are jq's
set -euo pipefail

refuse() {
    echo "$1" >&2
    exit 1
}

# Decodes the base64url $1 (RFC 7515 section 2) into the file $2. The decoder is lax, so what it
# made must be the same when it is written again.
decode() {
    local text=${1//-/+}
    text=${text//_//}
    while [ $((${#text} % 4)) -ne 0 ]; do text+='='; done
    [[ $1 != *[+/=]* ]] && base64 -d >"$2" 2>/dev/null <<<"$text" &&
        [ "$(base64 -w 0 "$2")" = "$text" ]
}

# What RFC 7638 makes of an Ed25519 key whose `x` is $1.
thumbprint() {
    printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$1" | openssl dgst -sha256 -binary |
        base64 -w 0 | tr '/+' '_-' | tr -d '='
}

# Takes the token $1 apart into $scratch/$2.{header,claims,signature,signed}; $3 is its `typ`.
# What its header says stands in $kid and $cert then, with a % for each character that is foreign.
take_apart() {
    local header claims signature members
    IFS=. read -r header claims signature _ <<<"$1"
    [ "$header.$claims.$signature" = "$1" ] || refuse malformed
    printf '%s.%s' "$header" "$claims" >"$scratch/$2.signed"
    decode "$header" "$scratch/$2.header" || refuse malformed
    decode "$claims" "$scratch/$2.claims" || refuse malformed
    decode "$signature" "$scratch/$2.signature" || refuse malformed
    mapfile -t members < <(jq -rs --arg typ "$3" '
        if length != 1 or (.[0] | type) != "object" then "malformed"
        elif .[0].alg != "EdDSA" then "algorithm"
        elif .[0].typ != $typ then "type"
        elif .[0] | has("crit") then "critical"
        else "good", (.[0] | .kid, .cert | strings // "" | @uri) end' "$scratch/$2.header" 2>&1)
    case ${members[0]} in
    good) kid=${members[1]} cert=${members[2]} ;;
    algorithm | type | critical) refuse "${members[0]}" ;;
    *) refuse malformed ;;
    esac
}

# Makes the key of $scratch/key from the `x` of an Ed25519 key.
take_key() {
    decode "$1" "$scratch/x" || refuse key
    [ "$(wc -c <"$scratch/x")" -eq 32 ] || refuse key
    # SubjectPublicKeyInfo of such a key (RFC 8410 section 4): a fixed head, then 32 bytes.
    { printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00' && cat "$scratch/x"; } \
        >"$scratch/key"
}

# Checks the signature of the token $1 with the key of $scratch/key.
check_signature() {
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$scratch/key" -rawin \
        -in "$scratch/$1.signed" -sigfile "$scratch/$1.signature" >/dev/null 2>&1 ||
        refuse signature
}

# Checks the key certificate $1 by the roots in the file $2; its claims are then those in
# $scratch/certificate.claims.
check_certificate() {
    local x root=
    take_apart "$1" certificate 'license-key+jwt'
    while read -r x; do
        if [ "$(thumbprint "$x")" = "$kid" ]; then root=$x; fi
    done < <(jq -r '.roots[] | select(.kty == "OKP" and .crv == "Ed25519") | .x' "$2")
    [ -n "$root" ] || refuse unknown-root
    take_key "$root"
    check_signature certificate
}

token=$(tr '\r' '\n' <"$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

take_apart "$token" license 'license+jwt'
license_kid=$kid
check_certificate "$cert" "$1"
cp "$scratch/certificate.claims" "$scratch/own.claims"

issuing=$(jq -er '.cnf.jwk | select(.kty == "OKP" and .crv == "Ed25519") | .x | strings' \
    "$scratch/own.claims" 2>/dev/null) || refuse key
take_key "$issuing"
kid=$(thumbprint "$issuing")
[ "$license_kid" = "$kid" ] || refuse foreign-key
check_signature license

# What other certificates of the roots file withdraw.
while read -r known; do
    check_certificate "$known" "$1"
    cat "$scratch/certificate.claims"
done < <(jq -r '.certificates // [] | .[]' "$1") >"$scratch/known.claims"

# From here both signatures are good: the claims may be believed.
said=$(jq -cn --slurpfile pinned "$1" --arg own "$3" --argjson now "${4:-$(date +%s)}" \
    --slurpfile licenses "$scratch/license.claims" --arg kid "$license_kid" \
    --slurpfile certificates "$scratch/own.claims" --slurpfile known "$scratch/known.claims" '
    $licenses[0] as $license | $certificates[0] as $certificate |
    def objects_alone: length == 1 and (.[0] | type == "object");
    def withdrawn: if has("withdrawn") then .withdrawn else [] end;
    [$certificate, $known[] | withdrawn] as $withdrawn |
    def whole: type == "number" and . == floor;
    def runs: .from and $now >= (.from | fromdate) and $now < (.until | fromdate);
    if [$licenses, $certificates] | all(objects_alone) | not then "malformed"
    elif [$license.iat, $certificate.issue_from, $certificate.issue_until] | all(whole) | not
    then "malformed"
    elif [$license.aud, $withdrawn[]] | all(type == "array") | not then "malformed"
    elif $withdrawn | any(.[][]; . == $kid) then "withdrawn"
    elif $license.iat < $certificate.issue_from then "outside-certificate"
    elif $license.iat >= $certificate.issue_until then "outside-certificate"
    elif $license.iss != $pinned[0].issuer then "issuer"
    elif $license.aud | any(. == $own) | not then "audience"
    elif $license.iat > $now + 24 * 60 * 60 then "issued-ahead"
    else $license, {emergency_accounts: ($license.emergency | if runs then .accounts else 0 end)}
    end' 2>/dev/null) || refuse malformed
case $said in
'"'*) refuse "${said//\"/}" ;;
*) printf '%s\n' "$said" ;;
esac
