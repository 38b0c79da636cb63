package example;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest
class CommentsTest {
    @RegisterExtension
    static final ModerationEmulatorExtension emulator = new ModerationEmulatorExtension();

    @DynamicPropertySource
    static void pointToEmulator(DynamicPropertyRegistry properties) {
        properties.add("aliyun.endpoint", emulator::endpoint);
        properties.add("aliyun.protocol", () -> "HTTP");
        properties.add("aliyun.access-key-id", () -> emulator.credential("aliyun", "access_key_id"));
        properties.add("aliyun.access-key-secret", () -> emulator.credential("aliyun", "access_key_secret"));
    }

    @Autowired
    Comments comments;

    @Test
    void anAdvertisementIsRejected() throws Exception {
        emulator.verdict("ad", Map.of("text", Map.of("contains", "cheap")));
        assertThat(comments.post("cheap watches")).isEqualTo(Comments.State.REJECTED);
        assertThat(comments.post("good morning")).isEqualTo(Comments.State.PUBLISHED);
        emulator.verify(Map.of("operation", "ScanText"), 2);
    }

    @Test
    void whatCannotBeCheckedWaits() throws Exception {
        emulator.error("Throttling", Map.of("operation", "ScanText"), 1);
        assertThat(comments.post("good morning")).isEqualTo(Comments.State.WAITING);
        assertThat(comments.post("good morning")).isEqualTo(Comments.State.PUBLISHED);
        emulator.verify(Map.of("operation", "ScanText", "code", "Throttling"), 1);
    }
}
