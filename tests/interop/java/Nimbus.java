import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.Ed25519Signer;
import com.nimbusds.jose.crypto.Ed25519Verifier;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;

/** Signs and verifies with Nimbus: a line of input is a task in JSON, and the same line of output its outcome. */
class Nimbus {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(JSONObjectUtils.toJSONString(outcome(JSONObjectUtils.parse(line))));
        }
    }

    private static Map<String, Object> outcome(Map<String, Object> task) {
        try {
            Payload payload = new Payload(new Base64URL((String) task.get("body")).decode());
            JWK key = JWK.parse(JSONObjectUtils.getJSONObject(task, "key"));
            if (!task.containsKey("signature")) {
                JWSObject jws = new JWSObject(JWSHeader.parse(JSONObjectUtils.getJSONObject(task, "header")), payload);
                jws.sign(signer(key));
                return Map.of("signature", jws.serialize(true));
            }
            JWSObject jws = JWSObject.parse((String) task.get("signature"), payload);
            if (!jws.getHeader().getAlgorithm().getName().equals(task.get("alg"))) {
                return Map.of("refused", "another algorithm than the one agreed on");
            }
            Set<String> understood = Set.copyOf(JSONObjectUtils.getStringList(task, "understood"));
            return Map.of("valid", jws.verify(verifier(key, understood)));
        } catch (Exception refusal) {
            return Map.of("refused", String.valueOf(refusal.getMessage()));
        }
    }

    private static JWSSigner signer(JWK key) throws Exception {
        return switch (key.getKeyType().getValue()) {
            case "RSA" -> new RSASSASigner(key.toRSAKey());
            case "EC" -> new ECDSASigner(key.toECKey());
            default -> new Ed25519Signer(key.toOctetKeyPair());
        };
    }

    private static JWSVerifier verifier(JWK key, Set<String> understood) throws Exception {
        return switch (key.getKeyType().getValue()) {
            case "RSA" -> new RSASSAVerifier(key.toRSAKey().toRSAPublicKey(), understood);
            case "EC" -> new ECDSAVerifier(key.toECKey().toECPublicKey(), understood);
            default -> new Ed25519Verifier(key.toOctetKeyPair().toPublicJWK(), understood);
        };
    }
}
