<?php
// Verifies a license as docs/verify.md says:  php verify.php ROOTS LICENSE THUMBPRINT [NOW]
// Needs PHP 8.1 with sodium, which is part of it (Debian: php-cli).
// Prints the claims and the emergency accounts of now; or one word why not, and exits with 1.
declare(strict_types=1);

function verify(string $token, stdClass $pinned, string $ownThumbprint, int $now): stdClass
{
    $header = headerOf($token, 'license+jwt');
    $cert = $header->cert ?? null;
    demand(is_string($cert), 'malformed');
    $certificate = certified($cert, $pinned);

    $issuing = keyOf($certificate->cnf->jwk);
    $kid = thumbprint($issuing);
    demand(($header->kid ?? null) === $kid, 'foreign-key');
    $license = signedClaims($token, $issuing);

    [$iat, $aud] = [$license->iat ?? null, $license->aud ?? null];
    [$begins, $ends] = [$certificate->issue_from ?? null, $certificate->issue_until ?? null];
    $known = array_map(fn($cert) => certified($cert, $pinned), $pinned->certificates ?? []);
    demand(is_int($iat) && is_int($begins) && is_int($ends), 'malformed');
    demand(is_array($aud), 'malformed');
    foreach ([$certificate, ...$known] as $each) {
        $withdrawn = property_exists($each, 'withdrawn') ? $each->withdrawn : [];
        demand(is_array($withdrawn), 'malformed');
        // The third argument: otherwise PHP takes `true` for any text.
        demand(!in_array($kid, $withdrawn, true), 'withdrawn');
    }
    demand($begins <= $iat && $iat < $ends, 'outside-certificate');
    demand(($license->iss ?? null) === $pinned->issuer, 'issuer');
    demand(in_array($ownThumbprint, $aud, true), 'audience');
    demand($iat <= $now + 24 * 60 * 60, 'issued-ahead');
    return $license;
}

function certified(string $cert, stdClass $pinned): stdClass
{
    $kid = headerOf($cert, 'license-key+jwt')->kid ?? null;
    $roots = array_filter($pinned->roots, fn($root) => thumbprint(keyOf($root)) === $kid);
    demand(count($roots) > 0, 'unknown-root');
    return signedClaims($cert, keyOf(reset($roots)));
}

function emergencyAccounts(stdClass $license, int $now): int
{
    $grant = $license->emergency ?? null;
    if ($grant === null) {
        return 0;
    }
    [$from, $until] = [new DateTimeImmutable($grant->from), new DateTimeImmutable($grant->until)];
    return $from->getTimestamp() <= $now && $now < $until->getTimestamp() ? $grant->accounts : 0;
}

/** The license is not to be used; the message is the one word why. */
final class Refused extends Exception
{
}

function demand(bool $holds, string $why): void
{
    if (!$holds) {
        throw new Refused($why);
    }
}

function headerOf(string $token, string $typ): stdClass
{
    $parts = explode('.', $token);
    demand(count($parts) === 3, 'malformed');
    $header = parsed(array_map(fn($part) => decode($part, 'malformed'), $parts)[0]);
    demand(($header->alg ?? null) === 'EdDSA', 'algorithm');
    demand(($header->typ ?? null) === $typ, 'type');
    demand(!property_exists($header, 'crit'), 'critical');
    return $header;
}

function signedClaims(string $token, string $key): stdClass
{
    [$header, $payload, $signature] = explode('.', $token);
    $signature = decode($signature, 'malformed');
    demand(strlen($signature) === SODIUM_CRYPTO_SIGN_BYTES, 'signature');
    $fits = sodium_crypto_sign_verify_detached($signature, "$header.$payload", $key);
    demand($fits, 'signature');
    return parsed(decode($payload, 'malformed'));
}

function keyOf(stdClass $jwk): string
{
    demand(($jwk->kty ?? null) === 'OKP' && ($jwk->crv ?? null) === 'Ed25519', 'key');
    $key = decode($jwk->x, 'key');
    demand(strlen($key) === SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES, 'key');
    return $key;
}

function thumbprint(string $key): string
{
    $x = encode($key);
    return encode(hash('sha256', "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"$x\"}", true));
}

function parsed(string $text): stdClass
{
    // Objects, not arrays: otherwise {"0": …} would pass for a list.
    $json = json_decode($text, false, 64, JSON_THROW_ON_ERROR);
    demand($json instanceof stdClass, 'malformed');
    return $json;
}

function decode(string $part, string $why): string
{
    try {
        return sodium_base642bin($part, SODIUM_BASE64_VARIANT_URLSAFE_NO_PADDING);
    } catch (SodiumException) {
        throw new Refused($why);
    }
}

function encode(string $bytes): string
{
    return sodium_bin2base64($bytes, SODIUM_BASE64_VARIANT_URLSAFE_NO_PADDING);
}

// PHP's warnings (a member that is not there) are errors here.
set_error_handler(fn(int $_, string $what) => throw new UnexpectedValueException($what));
$pinned = json_decode(file_get_contents($argv[1]), false, 64, JSON_THROW_ON_ERROR);
$token = trim(file_get_contents($argv[2]));
$now = (int) ($argv[4] ?? time());
try {
    $license = verify($token, $pinned, $argv[3], $now);
    $accounts = emergencyAccounts($license, $now);
    echo json_encode($license, JSON_THROW_ON_ERROR), "\n";
    echo json_encode(['emergency_accounts' => $accounts], JSON_THROW_ON_ERROR), "\n";
} catch (Refused $why) {
    fwrite(STDERR, $why->getMessage() . "\n");
    exit(1);
} catch (Exception | TypeError) {
    fwrite(STDERR, "malformed\n");
    exit(1);
}
