// Verifies a license (docs/verify.md): java -cp gson.jar Verify.java ROOTS LICENSE THUMBPRINT [NOW]
// Needs Java 17 and Gson to read JSON (Debian: libgoogle-gson-java, /usr/share/java/gson.jar).
// Prints the claims and the emergency accounts of now; or one word why not, and exits with 1.
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

final class Verify {
    static JsonObject verify(String token, JsonObject pinned, String ownThumbprint, long now)
            throws GeneralSecurityException {
        JsonObject header = headerOf(token, "license+jwt");
        JsonObject certificate = certified(text(header.get("cert")), pinned);

        JsonObject issuing = certificate.getAsJsonObject("cnf").getAsJsonObject("jwk");
        String kid = thumbprint(issuing);
        require(is(header.get("kid"), kid), "foreign-key");
        JsonObject license = signedClaims(token, issuing);

        long iat = whole(license.get("iat"));
        long begins = whole(certificate.get("issue_from"));
        long ends = whole(certificate.get("issue_until"));
        JsonArray audience = license.getAsJsonArray("aud");
        require(!withdraws(certificate, kid), "withdrawn");
        JsonArray known = pinned.getAsJsonArray("certificates");
        for (JsonElement cert : known == null ? new JsonArray() : known) {
            require(!withdraws(certified(text(cert), pinned), kid), "withdrawn");
        }
        require(begins <= iat && iat < ends, "outside-certificate");
        require(license.get("iss").equals(pinned.get("issuer")), "issuer");
        require(audience.contains(new JsonPrimitive(ownThumbprint)), "audience");
        require(iat <= now + 24 * 60 * 60, "issued-ahead");
        return license;
    }

    static JsonObject certified(String cert, JsonObject pinned) throws GeneralSecurityException {
        JsonElement kid = headerOf(cert, "license-key+jwt").get("kid");
        JsonObject root = null;
        for (JsonElement jwk : pinned.getAsJsonArray("roots")) {
            if (is(kid, thumbprint(jwk.getAsJsonObject()))) root = jwk.getAsJsonObject();
        }
        require(root != null, "unknown-root");
        return signedClaims(cert, root);
    }

    static boolean withdraws(JsonObject certificate, String kid) {
        JsonArray withdrawn = certificate.getAsJsonArray("withdrawn");
        return withdrawn != null && withdrawn.contains(new JsonPrimitive(kid));
    }

    static long emergencyAccounts(JsonObject license, long now) {
        JsonElement emergency = license.get("emergency");
        if (emergency == null || emergency.isJsonNull()) return 0;
        JsonObject grant = emergency.getAsJsonObject();
        long from = Instant.parse(text(grant.get("from"))).getEpochSecond();
        long until = Instant.parse(text(grant.get("until"))).getEpochSecond();
        return from <= now && now < until ? whole(grant.get("accounts")) : 0;
    }

    static JsonObject headerOf(String token, String typ) {
        String[] parts = token.split("\\.", -1);
        require(parts.length == 3, "malformed");
        for (String part : parts) decode(part, "malformed");
        JsonObject header = parsed(parts[0]);
        require(is(header.get("alg"), "EdDSA"), "algorithm");
        require(is(header.get("typ"), typ), "type");
        require(!header.has("crit"), "critical");
        return header;
    }

    static JsonObject signedClaims(String token, JsonObject jwk) throws GeneralSecurityException {
        String[] parts = token.split("\\.", -1);
        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(key(jwk));
        signature.update((parts[0] + "." + parts[1]).getBytes(UTF_8));
        byte[] bytes = decode(parts[2], "malformed");
        // Java looks at the first 64 bytes, and takes a longer one too.
        require(bytes.length == 64 && signature.verify(bytes), "signature");
        return parsed(parts[1]);
    }

    static PublicKey key(JsonObject jwk) throws GeneralSecurityException {
        require(is(jwk.get("kty"), "OKP") && is(jwk.get("crv"), "Ed25519"), "key");
        byte[] x = decode(text(jwk.get("x")), "key");
        require(x.length == 32, "key");
        // SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 section 4): a fixed head, then 32 bytes.
        byte[] der = Arrays.copyOf(HexFormat.of().parseHex("302a300506032b6570032100"), 44);
        System.arraycopy(x, 0, der, 12, 32);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
    }

    static String thumbprint(JsonObject jwk) throws GeneralSecurityException {
        key(jwk);
        String x = text(jwk.get("x"));
        String members = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + x + "\"}";
        return encode(MessageDigest.getInstance("SHA-256").digest(members.getBytes(UTF_8)));
    }

    static JsonObject parsed(String part) {
        String text = new String(decode(part, "malformed"), UTF_8);
        JsonObject json = new Gson().fromJson(text, JsonObject.class);
        require(json != null, "malformed");
        return json;
    }

    static byte[] decode(String part, String why) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(part);
        } catch (IllegalArgumentException e) {
            throw new Refused(why);
        }
        // Java's decoder takes padding and loose last bits; whoever writes the same again does not.
        require(encode(bytes).equals(part), why);
        return bytes;
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static boolean is(JsonElement member, String text) {
        return new JsonPrimitive(text).equals(member);
    }

    static String text(JsonElement member) {
        require(member instanceof JsonPrimitive text && text.isString(), "malformed");
        return member.getAsString();
    }

    static long whole(JsonElement member) {
        require(member instanceof JsonPrimitive number && number.isNumber(), "malformed");
        return member.getAsBigDecimal().longValueExact();
    }

    /** The license is not to be used; the message is the one word why. */
    static final class Refused extends RuntimeException {
        Refused(String why) {
            super(why);
        }
    }

    static void require(boolean holds, String why) {
        if (!holds) throw new Refused(why);
    }

    public static void main(String[] arguments) throws IOException {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) throws IOException {
        String roots = Files.readString(Path.of(arguments[0]));
        JsonObject pinned = new Gson().fromJson(roots, JsonObject.class);
        String token = Files.readString(Path.of(arguments[1])).strip();
        long clock = Instant.now().getEpochSecond();
        long now = arguments.length > 3 ? Long.parseLong(arguments[3]) : clock;
        String why;
        try {
            JsonObject license = verify(token, pinned, arguments[2], now);
            long accounts = emergencyAccounts(license, now);
            out.write((license + "\n").getBytes(UTF_8));
            out.println("{\"emergency_accounts\":" + accounts + "}");
            return 0;
        } catch (Refused refused) {
            why = refused.getMessage();
        } catch (SignatureException e) {
            why = "signature";
        } catch (GeneralSecurityException e) {
            why = "key";
        } catch (RuntimeException e) {
            why = "malformed";
        }
        err.println(why);
        return 1;
    }
}
