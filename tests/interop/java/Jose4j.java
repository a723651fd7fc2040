import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import org.jose4j.json.JsonUtil;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;

/** Signs and verifies with jose4j: a line of input is a task in JSON, and the same line of output its outcome. */
class Jose4j {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(JsonUtil.toJson(outcome(JsonUtil.parseJson(line))));
        }
    }

    private static Map<String, Object> outcome(Map<String, Object> task) {
        try {
            JsonWebSignature jws = prepared(task);
            PublicJsonWebKey key = PublicJsonWebKey.Factory.newPublicJwk(map(task.get("key")));
            if (!task.containsKey("signature")) {
                jws.setKey(key.getPrivateKey());
                return Map.of("signature", jws.getDetachedContentCompactSerialization());
            }
            jws.setKey(key.getPublicKey());
            return Map.of("valid", jws.verifySignature());
        } catch (Exception refusal) {
            return Map.of("refused", String.valueOf(refusal.getMessage()));
        }
    }

    private static JsonWebSignature prepared(Map<String, Object> task) throws Exception {
        JsonWebSignature jws = new JsonWebSignature();
        jws.setAlgorithmConstraints(new AlgorithmConstraints(ConstraintType.WHITELIST, (String) task.get("alg")));
        jws.setKnownCriticalHeaders(((List<?>) task.get("understood")).toArray(new String[0]));
        if (task.containsKey("signature")) {
            jws.setCompactSerialization((String) task.get("signature"));
        } else {
            jws.getHeaders().setFullHeaderAsJsonString(JsonUtil.toJson(map(task.get("header"))));
        }
        // It takes the body in base64url whichever way it is signed.
        jws.setEncodedPayload((String) task.get("body"));
        return jws;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object object) {
        return (Map<String, Object>) object;
    }
}
