// Verifies a license as docs/verify.md says:  go run verify.go ROOTS LICENSE THUMBPRINT [NOW]
// Needs Go 1.18; the standard library is enough.
// Prints the claims and the emergency accounts of now; or one word why not, and exits with 1.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Maps, not structs: Go would take "AUD" for a field named "aud".
type object = map[string]any

func verify(token string, pinned object, ownThumbprint string, now int64) object {
	header := headerOf(token, "license+jwt")
	certificate := certified(header["cert"], pinned)

	issuing := keyOf(must[object](must[object](certificate["cnf"])["jwk"]))
	kid := thumbprint(issuing)
	require(header["kid"] == kid, "foreign-key")
	license := signedClaims(token, issuing)

	iat := whole(license["iat"])
	begins, ends := whole(certificate["issue_from"]), whole(certificate["issue_until"])
	audience := must[[]any](license["aud"])
	require(!contains(list(certificate, "withdrawn"), kid), "withdrawn")
	for _, cert := range list(pinned, "certificates") {
		known := certified(cert, pinned)
		require(!contains(list(known, "withdrawn"), kid), "withdrawn")
	}
	require(begins <= iat && iat < ends, "outside-certificate")
	require(license["iss"] == pinned["issuer"], "issuer")
	require(contains(audience, ownThumbprint), "audience")
	require(iat <= now+24*60*60, "issued-ahead")
	return license
}

func certified(cert any, pinned object) object {
	token := must[string](cert)
	kid := headerOf(token, "license-key+jwt")["kid"]
	var root ed25519.PublicKey
	for _, jwk := range must[[]any](pinned["roots"]) {
		if key := keyOf(must[object](jwk)); kid == thumbprint(key) {
			root = key
		}
	}
	require(root != nil, "unknown-root")
	return signedClaims(token, root)
}

func emergencyAccounts(license object, now int64) int64 {
	if license["emergency"] == nil {
		return 0
	}
	grant := must[object](license["emergency"])
	if instant(grant["from"]) <= now && now < instant(grant["until"]) {
		return whole(grant["accounts"])
	}
	return 0
}

// The license is not to be used: the one word why.
type refused string

func require(holds bool, why string) {
	if !holds {
		panic(refused(why))
	}
}

func headerOf(token, typ string) object {
	parts := strings.Split(token, ".")
	require(len(parts) == 3, "malformed")
	for _, part := range parts {
		decode(part, "malformed")
	}
	header := parsed(decode(parts[0], "malformed"))
	require(header["alg"] == "EdDSA", "algorithm")
	require(header["typ"] == typ, "type")
	_, critical := header["crit"]
	require(!critical, "critical")
	return header
}

func signedClaims(token string, key ed25519.PublicKey) object {
	dot := strings.LastIndex(token, ".")
	signed, signature := token[:dot], decode(token[dot+1:], "malformed")
	require(ed25519.Verify(key, []byte(signed), signature), "signature")
	return parsed(decode(signed[strings.Index(signed, ".")+1:], "malformed"))
}

func keyOf(jwk object) ed25519.PublicKey {
	require(jwk["kty"] == "OKP" && jwk["crv"] == "Ed25519", "key")
	key := decode(must[string](jwk["x"]), "key")
	require(len(key) == ed25519.PublicKeySize, "key")
	return key
}

func thumbprint(key ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(key)
	digest := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

func decode(part, why string) []byte {
	bytes, err := base64.RawURLEncoding.DecodeString(part)
	// Go's decoder skips line breaks; whoever writes the same again has read it whole.
	require(err == nil && base64.RawURLEncoding.EncodeToString(bytes) == part, why)
	return bytes
}

func parsed(text []byte) (members object) {
	err := json.Unmarshal(text, &members)
	require(err == nil && members != nil, "malformed")
	return members
}

func must[T any](member any) T {
	value, fits := member.(T)
	require(fits, "malformed")
	return value
}

// A list that may be missing.
func list(of object, name string) []any {
	member, stated := of[name]
	if !stated {
		return nil
	}
	return must[[]any](member)
}

func whole(member any) int64 {
	number := must[float64](member)
	require(number == float64(int64(number)), "malformed")
	return int64(number)
}

func instant(member any) int64 {
	at, err := time.Parse(time.RFC3339, must[string](member))
	require(err == nil, "malformed")
	return at.Unix()
}

func contains(list []any, text string) bool {
	for _, member := range list {
		if member == text {
			return true
		}
	}
	return false
}

func readFile(name string) []byte {
	text, err := os.ReadFile(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return text
}

func main() {
	defer func() {
		if why := recover(); why != nil {
			fmt.Fprintln(os.Stderr, why)
			os.Exit(1)
		}
	}()
	pinned := parsed(readFile(os.Args[1]))
	token := strings.TrimSpace(string(readFile(os.Args[2])))
	now := time.Now().Unix()
	if len(os.Args) > 4 {
		now, _ = strconv.ParseInt(os.Args[4], 10, 64)
	}
	license := verify(token, pinned, os.Args[3], now)
	accounts := emergencyAccounts(license, now)
	text, _ := json.Marshal(license)
	fmt.Printf("%s\n{\"emergency_accounts\":%d}\n", text, accounts)
}
