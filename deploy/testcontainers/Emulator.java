import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/** An emulator for as long as a test needs it: org.testcontainers:testcontainers. */
class Emulator {
    public static void main(String[] arguments) throws Exception {
        try (var emulator = new GenericContainer<>("moderation-emulator")
                .withExposedPorts(8080)
                .waitingFor(Wait.forHttp("/_emulator/health").forPort(8080))) {
            emulator.start();
            var url = "http://" + emulator.getHost() + ":" + emulator.getMappedPort(8080);
            var call = HttpRequest.newBuilder(URI.create(url + "/_emulator/health")).build();
            System.out.println(HttpClient.newHttpClient().send(call, BodyHandlers.ofString()).statusCode());
        }
    }
}
