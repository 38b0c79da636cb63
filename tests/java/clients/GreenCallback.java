// A callback of Green as a receiver reads it: genuine when the checksum is the SHA-256 of uid, seed and content.
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;

class GreenCallback {
    static Object read(JsonNode asked) throws Exception {
        Map<String, String> form = new TreeMap<>();
        for (String pair : asked.get("body").asText().split("&")) {
            String[] parts = pair.split("=", 2);
            form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        String signed = asked.get("uid").asText() + asked.get("seed").asText() + form.get("content");
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(signed.getBytes(StandardCharsets.UTF_8));
        boolean genuine = HexFormat.of().formatHex(digest).equals(form.get("checksum"));
        return Map.of("genuine", genuine, "content", Clients.JSON.readTree(form.get("content")));
    }
}
