// Verifies a license as docs/verify.md says:  ./verify ROOTS LICENSE THUMBPRINT [NOW]
// Needs libssl-dev (OpenSSL 3) and libjansson-dev: cc -o verify verify.c -lcrypto -ljansson
// Prints the claims and the emergency accounts of now; or one word why not, and exits with 1.
#define _GNU_SOURCE // strptime, timegm
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    unsigned char *bytes;
    size_t length;
} Bytes;

typedef struct {
    char *signed_text; // header.payload
    json_t *header;
    Bytes payload, signature;
} Token;

static Token take_apart(const char *text, const char *typ);
static json_t *certified(const char *cert, const json_t *pinned);
static json_t *signed_claims(const Token *token, Bytes key);
static Bytes key_of(const json_t *jwk);
static char *thumbprint(Bytes key);
static long long whole(const json_t *number);
static int is_text(const json_t *member, const char *text);
static int contains(const json_t *list, const char *text);
static int withdraws(const json_t *certificate, const char *kid);
static void require(int holds, const char *why);

// One run verifies one license: what it allocates, the end of the process frees.
static json_t *verify(const char *text, const json_t *pinned, const char *own_thumbprint,
                      long long now) {
    Token license = take_apart(text, "license+jwt");
    const char *cert = json_string_value(json_object_get(license.header, "cert"));
    json_t *certificate = certified(cert, pinned);

    Bytes issuing = key_of(json_object_get(json_object_get(certificate, "cnf"), "jwk"));
    const char *kid = thumbprint(issuing);
    require(is_text(json_object_get(license.header, "kid"), kid), "foreign-key");
    json_t *claims = signed_claims(&license, issuing);

    long long iat = whole(json_object_get(claims, "iat"));
    long long begins = whole(json_object_get(certificate, "issue_from"));
    long long ends = whole(json_object_get(certificate, "issue_until"));
    json_t *aud = json_object_get(claims, "aud");
    require(json_is_array(aud), "malformed");
    require(!withdraws(certificate, kid), "withdrawn");
    size_t i;
    json_t *known;
    json_array_foreach(json_object_get(pinned, "certificates"), i, known) {
        require(!withdraws(certified(json_string_value(known), pinned), kid), "withdrawn");
    }
    require(begins <= iat && iat < ends, "outside-certificate");
    const json_t *issuer = json_object_get(pinned, "issuer");
    require(json_equal(json_object_get(claims, "iss"), issuer), "issuer");
    require(contains(aud, own_thumbprint), "audience");
    require(iat <= now + 24 * 60 * 60, "issued-ahead");
    return claims;
}

// The claims of a key certificate that a pinned root has signed.
static json_t *certified(const char *cert, const json_t *pinned) {
    require(cert != NULL, "malformed");
    Token certificate = take_apart(cert, "license-key+jwt");
    Bytes root = {NULL, 0};
    size_t i;
    json_t *jwk;
    json_array_foreach(json_object_get(pinned, "roots"), i, jwk) {
        Bytes key = key_of(jwk);
        if (is_text(json_object_get(certificate.header, "kid"), thumbprint(key))) root = key;
    }
    require(root.bytes != NULL, "unknown-root");
    return signed_claims(&certificate, root);
}

static int withdraws(const json_t *certificate, const char *kid) {
    json_t *withdrawn = json_object_get(certificate, "withdrawn");
    require(withdrawn == NULL || json_is_array(withdrawn), "malformed");
    return contains(withdrawn, kid);
}

static long long instant(const json_t *member) {
    struct tm parts = {0};
    const char *text = json_string_value(member);
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts) : NULL;
    require(rest != NULL && *rest == '\0', "malformed");
    return timegm(&parts);
}

static long long emergency_accounts(const json_t *claims, long long now) {
    const json_t *grant = json_object_get(claims, "emergency");
    if (grant == NULL || json_is_null(grant)) return 0;
    long long from = instant(json_object_get(grant, "from"));
    long long until = instant(json_object_get(grant, "until"));
    return from <= now && now < until ? whole(json_object_get(grant, "accounts")) : 0;
}

// The license is not to be used; the one word why.
static void require(int holds, const char *why) {
    if (holds) return;
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static char *encode(Bytes bytes) {
    char *text = malloc(bytes.length / 3 * 4 + 5);
    size_t length = EVP_EncodeBlock((unsigned char *)text, bytes.bytes, bytes.length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '+') text[i] = '-';
        if (text[i] == '/') text[i] = '_';
        if (text[i] == '=') text[i] = '\0';
    }
    return text;
}

static Bytes decode(const char *part, const char *why) {
    size_t length = strlen(part), padding = (4 - length % 4) % 4;
    unsigned char *text = malloc(length + 4);
    for (size_t i = 0; i < length + padding; i++) {
        char c = i < length ? part[i] : '=';
        text[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    Bytes bytes = {malloc(length + 4), 0};
    int decoded = EVP_DecodeBlock(bytes.bytes, text, length + padding);
    require(decoded >= 0 && padding < 3, why);
    bytes.length = decoded - padding;
    // OpenSSL's decoder skips what is foreign; whoever writes the same again has read it whole.
    require(strcmp(encode(bytes), part) == 0, why);
    return bytes;
}

static json_t *parsed(Bytes text) {
    size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    json_t *json = json_loadb((const char *)text.bytes, text.length, flags, NULL);
    require(json_is_object(json), "malformed");
    return json;
}

static Token take_apart(const char *text, const char *typ) {
    char *parts[3], *rest = strdup(text);
    for (int i = 0; i < 3; i++) parts[i] = strsep(&rest, ".");
    require(parts[1] != NULL && parts[2] != NULL && rest == NULL, "malformed");
    Token token = {strndup(text, parts[2] - 1 - parts[0]), NULL, {NULL, 0}, {NULL, 0}};
    Bytes header = decode(parts[0], "malformed");
    token.payload = decode(parts[1], "malformed");
    token.signature = decode(parts[2], "malformed");
    token.header = parsed(header);
    require(is_text(json_object_get(token.header, "alg"), "EdDSA"), "algorithm");
    require(is_text(json_object_get(token.header, "typ"), typ), "type");
    require(json_object_get(token.header, "crit") == NULL, "critical");
    return token;
}

static json_t *signed_claims(const Token *token, Bytes key) {
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key.bytes, key.length);
    require(pkey != NULL, "key");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    require(EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1, "key");
    const unsigned char *text = (const unsigned char *)token->signed_text;
    const Bytes signature = token->signature;
    int fits = EVP_DigestVerify(context, signature.bytes, signature.length, text,
                                strlen(token->signed_text));
    // Not `require(fits, …)`: a fault is less than 0.
    require(fits == 1, "signature");
    return parsed(token->payload);
}

static Bytes key_of(const json_t *jwk) {
    require(is_text(json_object_get(jwk, "kty"), "OKP"), "key");
    require(is_text(json_object_get(jwk, "crv"), "Ed25519"), "key");
    const char *x = json_string_value(json_object_get(jwk, "x"));
    require(x != NULL, "malformed");
    Bytes key = decode(x, "key");
    require(key.length == 32, "key");
    return key;
}

static char *thumbprint(Bytes key) {
    char members[128];
    unsigned char digest[SHA256_DIGEST_LENGTH];
    const char *form = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}";
    int length = snprintf(members, sizeof members, form, encode(key));
    SHA256((unsigned char *)members, length, digest);
    return encode((Bytes){digest, sizeof digest});
}

static long long whole(const json_t *number) {
    require(json_is_integer(number), "malformed");
    return json_integer_value(number);
}

// By length, not up to the first NUL.
static int is_text(const json_t *member, const char *text) {
    return json_is_string(member) && json_string_length(member) == strlen(text)
        && memcmp(json_string_value(member), text, strlen(text)) == 0;
}

static int contains(const json_t *list, const char *text) {
    size_t i;
    json_t *member;
    json_array_foreach(list, i, member) if (is_text(member, text)) return 1;
    return 0;
}

static char *file_text(const char *name) {
    FILE *file = fopen(name, "r");
    char *text = NULL;
    size_t size = 0;
    if (file == NULL || getdelim(&text, &size, '\0', file) < 0) text = calloc(1, 1);
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1])) text[--length] = '\0';
    return text + strspn(text, " \t\r\n");
}

int main(int count, char **arguments) {
    require(count == 4 || count == 5, "usage: verify ROOTS LICENSE THUMBPRINT [NOW]");
    json_t *pinned = json_loads(file_text(arguments[1]), JSON_REJECT_DUPLICATES, NULL);
    require(json_is_object(pinned), "no roots");
    long long now = count == 5 ? atoll(arguments[4]) : (long long)time(NULL);
    json_t *claims = verify(file_text(arguments[2]), pinned, arguments[3], now);
    long long accounts = emergency_accounts(claims, now);
    printf("%s\n{\"emergency_accounts\":%lld}\n", json_dumps(claims, JSON_COMPACT), accounts);
    return 0;
}
