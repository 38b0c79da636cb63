// OkHttp, with the query signed by hand as the page on signatures of Alibaba's RPC says.
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import com.fasterxml.jackson.databind.JsonNode;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

class SignedByHand {
    private static final OkHttpClient CLIENT = new OkHttpClient();

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
    }

    private static String sign(String query, String secret) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec((secret + "&").getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
        byte[] text = ("GET&%2F&" + encode(query)).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(mac.doFinal(text));
    }

    private static Map<String, String> list(JsonNode asked) {
        Map<String, String> params = new TreeMap<>(Map.of(
            "Action", asked.get("call").asText(),
            "Version", "2019-12-30",
            "Format", "JSON",
            "AccessKeyId", asked.get("key").asText(),
            "SignatureMethod", "HMAC-SHA1",
            "SignatureVersion", "1.0",
            "SignatureNonce", UUID.randomUUID().toString(),
            "Timestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
        params.putAll(asked.has("content")
            ? Map.of("Labels.1.Label", "ad", "Tasks.1.Content", asked.get("content").asText())
            : Map.of("Scene.1", "porn", "Task.1.ImageURL", asked.get("picture").asText()));
        return params;
    }

    static Object call(JsonNode asked) throws Exception {
        String query = list(asked).entrySet().stream()
            .map(each -> encode(each.getKey()) + "=" + encode(each.getValue()))
            .collect(Collectors.joining("&"));
        String signature = encode(sign(query, asked.get("secret").asText()));
        String url = asked.path("url").asText("https://imageaudit.cn-shanghai.aliyuncs.com");
        Request request = new Request.Builder().url(url + "/?" + query + "&Signature=" + signature).build();
        try (Response answer = CLIENT.newCall(request).execute()) {
            JsonNode body = Clients.JSON.readTree(answer.body().string());
            if (!answer.isSuccessful()) return Map.of("raised", "HTTP " + answer.code(), "code", body.get("Code"));
            String place = asked.has("content") ? "/Data/Elements/0/Results/0" : "/Data/Results/0/SubResults/0";
            return List.of(body.at(place).get("Label"), body.at(place).get("Suggestion"));
        }
    }
}
