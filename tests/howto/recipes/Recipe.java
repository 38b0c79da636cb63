import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Pattern;

/** `java Recipe.java`, or in JUnit: open() in @BeforeAll, reset() in @AfterEach, close() in @AfterAll. */
public class Recipe implements AutoCloseable {
    static final String URL = System.getenv().getOrDefault("EMULATOR_URL", "http://127.0.0.1:8080");
    static final HttpClient HTTP = HttpClient.newHttpClient();

    final String id, accessKeyId, accessKeySecret;

    /** A fresh account; read its other credentials with the JSON library of your choice. */
    Recipe() throws Exception {
        String account = control("POST", "accounts", "{}");
        id = field(account, "id");
        accessKeyId = field(account, "access_key_id");
        accessKeySecret = field(account, "access_key_secret");
    }

    void rule(String json) throws Exception { control("POST", "rules?account=" + id, json); }

    void reset() throws Exception { control("POST", "reset?account=" + id, "{}"); }

    boolean verify(String json) throws Exception {
        return control("POST", "journal/verify?account=" + id, json).contains("\"ok\": true");
    }

    @Override public void close() throws Exception { control("DELETE", "accounts/" + id, ""); }

    static String control(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(URL + "/_emulator/" + path))
            .method(method, BodyPublishers.ofString(body)).build();
        var response = HTTP.send(request, BodyHandlers.ofString());
        if (response.statusCode() >= 400) throw new IllegalStateException(response.body());
        return response.body();
    }

    static String field(String json, String name) {
        var found = Pattern.compile("\"" + name + "\": \"([^\"]*)\"").matcher(json);
        if (!found.find()) throw new IllegalStateException("no " + name + " in " + json);
        return found.group(1);
    }

    public static void main(String[] arguments) throws Exception {
        try (var emulator = new Recipe()) {
            emulator.rule("{\"match\": {\"operation\": \"ScanText\"}, \"error\": \"Throttling\", \"times\": 1}");
            // ... call your code with emulator.accessKeyId and emulator.accessKeySecret, its endpoint set to URL ...
            System.out.println(emulator.verify("{\"match\": {\"operation\": \"ScanText\"}, \"count\": 0}"));
            emulator.reset();
        }
    }
}
