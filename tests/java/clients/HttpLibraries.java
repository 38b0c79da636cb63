// The libraries that Java programs call HTTP with: a token of WeChat, and a text that is blocked.
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.StringEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;

class HttpLibraries {
    private static final String HOST = "https://api.weixin.qq.com";

    /** A way to get the text that a URL answers to the POST of a body. */
    private interface Call {
        String post(String url, String body) throws Exception;
    }

    private static String postByHttpClient(String url, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).POST(BodyPublishers.ofString(body)).build();
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    }

    private static String postByUrlConnection(String url, String body) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        connection.setDoOutput(true);
        connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        try (InputStream answer = connection.getInputStream()) {
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Call postBy(CloseableHttpClient client) {
        return (url, body) -> {
            HttpPost request = new HttpPost(url);
            request.setEntity(new StringEntity(body, StandardCharsets.UTF_8));
            try (CloseableHttpResponse answer = client.execute(request)) {
                return EntityUtils.toString(answer.getEntity(), StandardCharsets.UTF_8);
            }
        };
    }

    private static Call find(String library) {
        switch (library) {
            case "java.net.http.HttpClient": return HttpLibraries::postByHttpClient;
            case "HttpURLConnection": return HttpLibraries::postByUrlConnection;
            case "Apache HttpClient, `createSystem`": return postBy(HttpClients.createSystem());
            case "Apache HttpClient, `createDefault`": return postBy(HttpClients.createDefault());
            default: throw new IllegalArgumentException(library);
        }
    }

    static Clients.Client choose(String library) {
        Call call = find(library);
        return asked -> {
            String credentials = Clients.JSON.writeValueAsString(Map.of(
                "grant_type", "client_credential",
                "appid", asked.get("appid").asText(), "secret", asked.get("secret").asText()));
            JsonNode token = Clients.JSON.readTree(call.post(HOST + "/cgi-bin/stable_token", credentials));
            String check = HOST + "/wxa/msg_sec_check?access_token=" + token.get("access_token").asText();
            JsonNode checked = Clients.JSON.readTree(call.post(check, "{\"content\":\"emu-block\"}"));
            return Map.of("expires_in", token.get("expires_in"), "errcode", checked.get("errcode"));
        };
    }
}
