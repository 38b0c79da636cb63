// Calls the real service with one client of the JVM: java Client.java CLIENT. Prints one line of JSON with what it got.
// Nothing here names an address, a certificate or a proxy; credentials are those of the environment.
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.StringEntity;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;

public class Client {
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

    private static String postByOkHttp(String url, String body) throws IOException {
        Request request = new Request.Builder().url(url).post(RequestBody.create(body, null)).build();
        try (Response answer = new OkHttpClient().newCall(request).execute()) {
            return answer.body().string();
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

    private static Call choose(String client) {
        switch (client) {
            case "HttpClient": return Client::postByHttpClient;
            case "HttpURLConnection": return Client::postByUrlConnection;
            case "OkHttp": return Client::postByOkHttp;
            case "Apache createSystem": return postBy(HttpClients.createSystem());
            case "Apache createDefault": return postBy(HttpClients.createDefault());
            default: throw new IllegalArgumentException(client);
        }
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) throw new IllegalStateException(text);
        return matcher.group(1);
    }

    public static void main(String[] arguments) throws Exception {
        Call call = choose(arguments[0]);
        String asked = "{\"grant_type\":\"client_credential\",\"appid\":\"%s\",\"secret\":\"%s\"}";
        String credentials = String.format(asked, System.getenv("WECHAT_APPID"), System.getenv("WECHAT_SECRET"));
        String token = call.post(HOST + "/cgi-bin/stable_token", credentials);
        String check = HOST + "/wxa/msg_sec_check?access_token=" + find("\"access_token\":\\s*\"([^\"]+)\"", token);
        String checked = call.post(check, "{\"content\":\"emu-block\"}");
        String got = "{\"expires_in\":%s,\"errcode\":%s}";
        System.out.println(String.format(got, find("\"expires_in\":\\s*(\\d+)", token), find("\"errcode\":\\s*(-?\\d+)", checked)));
        System.exit(0); // some clients leave threads behind that live on for minutes
    }
}
