package example;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An account of a running moderation-emulator, with its own credentials, rules, journal and clock.
 *
 * <p>In a field, {@code @RegisterExtension} gives each test an account of its own. In a static field, all tests of the
 * class share one, which is reset after each. The account is deleted afterwards. EMULATOR_URL says where the emulator is.
 */
public class ModerationEmulatorExtension implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private static final String URL = System.getenv().getOrDefault("EMULATOR_URL", "http://127.0.0.1:8080");
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonNode account;
    private boolean shared;

    /** Where the emulator is: {@code http://127.0.0.1:8080}. */
    public String url() {
        return URL;
    }

    /** Its host and port, as the SDKs of Alibaba take them. */
    public String endpoint() {
        return URI.create(URL).getAuthority();
    }

    /** A credential of the account, such as {@code credential("aliyun", "access_key_id")}. */
    public String credential(String vendor, String name) {
        return account().required(vendor).required(name).asText();
    }

    /** Give every matching picture or text a verdict, such as {@code "porn/sexy"}. */
    public void verdict(String verdict, Map<String, ?> match) {
        rule(match, Map.of("verdict", verdict));
    }

    /** Let so many matching calls fail with a code, such as {@code "Throttling"}. */
    public void error(Object code, Map<String, ?> match, int times) {
        rule(match, Map.of("error", code, "times", times));
    }

    /** Push a rule: what it matches, and all that it does. */
    public void rule(Map<String, ?> match, Map<String, ?> outcome) {
        Map<String, Object> rule = new HashMap<>(outcome);
        rule.put("match", match);
        control("POST", "rules", rule);
    }

    /** Fail unless the journal holds so many calls that match; {@code code}, {@code status} and {@code outcome} count too. */
    public void verify(Map<String, ?> match, int count) {
        JsonNode found = control("POST", "journal/verify", Map.of("match", match, "count", count));
        if (!found.required("ok").asBoolean()) throw new AssertionError(found.toPrettyString());
    }

    /** The calls of the account, newest first. */
    public JsonNode journal() {
        return control("GET", "journal", null).required("items");
    }

    /** Move the account's clock; what falls due has been done when it returns. */
    public void advance(double seconds) {
        control("POST", "clock", Map.of("advance", seconds));
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        shared = true; // JUnit calls this for a static field alone
    }

    @Override
    public void afterEach(ExtensionContext context) {
        context.getExecutionException().ifPresent(failure ->
            failure.addSuppressed(new AssertionError("The journal, newest first: " + journal().toPrettyString())));
        if (shared) control("POST", "reset", null);
        else delete();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        delete();
    }

    private JsonNode account() {
        if (account == null) account = send("POST", "accounts", Map.of());
        return account;
    }

    private void delete() {
        if (account != null) send("DELETE", "accounts/" + account.required("id").asText(), null);
        account = null;
    }

    private JsonNode control(String method, String route, Object body) {
        return send(method, route + "?account=" + account().required("id").asText(), body);
    }

    private static JsonNode send(String method, String route, Object body) {
        try {
            String sent = body == null ? "" : JSON.writeValueAsString(body);
            HttpRequest request = HttpRequest.newBuilder(URI.create(URL + "/_emulator/" + route))
                .method(method, BodyPublishers.ofString(sent)).build();
            HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
            if (answer.statusCode() >= 400) throw new IllegalArgumentException(answer.body());
            return JSON.readTree(answer.body());
        } catch (IOException | InterruptedException failure) {
            throw new IllegalStateException("no moderation-emulator answers at " + URL, failure);
        }
    }
}
