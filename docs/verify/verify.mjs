// Verifies a license as docs/verify.md says:  node verify.mjs ROOTS LICENSE THUMBPRINT [NOW]
// Needs Node 20 and jose 6 from npm (`npm ci` beside this file, or `npm install jose`).
// Prints the claims and the emergency accounts of now; or one word why not, and exits with 1.
import { readFileSync } from "node:fs";
import { calculateJwkThumbprint, compactVerify, errors, importJWK } from "jose";

async function verify(token, pinned, ownThumbprint, now) {
    const header = headerOf(token, "license+jwt");
    demand(typeof header.cert === "string", "malformed");
    const certificate = await certified(header.cert, pinned.roots);

    const issuing = certificate.cnf.jwk;
    demand(issuing.kty === "OKP" && issuing.crv === "Ed25519", "key");
    demand(decode(issuing.x, "key").length === 32, "key");
    const kid = await calculateJwkThumbprint(issuing);
    demand(header.kid === kid, "foreign-key");
    const license = await signedClaims(token, issuing);

    const { iat, aud } = license;
    const { issue_from: begins, issue_until: ends } = certificate;
    const others = (pinned.certificates ?? []).map((known) => certified(known, pinned.roots));
    const withdrawn = [certificate, ...(await Promise.all(others))].map(({ withdrawn: keys = [] }) => keys);
    // Of a text, `includes` would take a part for the whole.
    demand([aud, ...withdrawn].every(Array.isArray), "malformed");
    demand([iat, begins, ends].every(Number.isSafeInteger), "malformed");
    demand(!withdrawn.some((keys) => keys.includes(kid)), "withdrawn");
    demand(begins <= iat && iat < ends, "outside-certificate");
    demand(license.iss === pinned.issuer, "issuer");
    demand(aud.includes(ownThumbprint), "audience");
    demand(iat <= now + 24 * 60 * 60, "issued-ahead");
    return license;
}

async function certified(cert, roots) {
    const { kid } = headerOf(cert, "license-key+jwt");
    const names = await Promise.all(roots.map((root) => calculateJwkThumbprint(root)));
    demand(names.includes(kid), "unknown-root");
    return signedClaims(cert, roots[names.indexOf(kid)]);
}

function emergencyAccounts({ emergency }, now) {
    if (!emergency) return 0;
    const [from, until] = [emergency.from, emergency.until].map((at) => Date.parse(at) / 1000);
    const runs = from <= now && now < until;
    return runs ? emergency.accounts : 0;
}

/** The license is not to be used; the message is the one word why. */
class Refused extends Error {}

function demand(holds, why) {
    if (!holds) throw new Refused(why);
}

function headerOf(token, typ) {
    const parts = token.split(".");
    demand(parts.length === 3, "malformed");
    const header = parsed(parts.map((part) => decode(part, "malformed"))[0]);
    demand(header.alg === "EdDSA", "algorithm");
    demand(header.typ === typ, "type");
    demand(!("crit" in header), "critical");
    return header;
}

async function signedClaims(token, jwk) {
    // The signature alone: jose's rules for claims (exp, aud …) are not those of a license.
    const key = await importJWK({ kty: jwk.kty, crv: jwk.crv, x: jwk.x }, "EdDSA");
    const { payload } = await compactVerify(token, key, { algorithms: ["EdDSA"] });
    return parsed(payload);
}

function parsed(bytes) {
    const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    demand(json !== null && typeof json === "object" && !Array.isArray(json), "malformed");
    return json;
}

function decode(part, why) {
    // Node's decoder skips what is foreign; whoever writes the same again has read it whole.
    const bytes = Buffer.from(part, "base64url");
    demand(bytes.toString("base64url") === part, why);
    return bytes;
}

const [rootsFile, licenseFile, ownThumbprint, time = Math.floor(Date.now() / 1000)] =
    process.argv.slice(2);
const pinned = JSON.parse(readFileSync(rootsFile, "utf8"));
const token = readFileSync(licenseFile, "utf8").trim();
try {
    const license = await verify(token, pinned, ownThumbprint, Number(time));
    const accounts = emergencyAccounts(license, Number(time));
    console.log(JSON.stringify(license));
    console.log(JSON.stringify({ emergency_accounts: accounts }));
} catch (why) {
    const unsigned = why instanceof errors.JWSSignatureVerificationFailed;
    console.error(why instanceof Refused ? why.message : unsigned ? "signature" : "malformed");
    process.exitCode = 1;
}
