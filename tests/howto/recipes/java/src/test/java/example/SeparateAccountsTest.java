package example;

import java.util.Map;

import com.aliyun.imageaudit20191230.Client;
import com.aliyun.teaopenapi.models.Config;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SeparateAccountsTest {
    @RegisterExtension
    final ModerationEmulatorExtension emulator = new ModerationEmulatorExtension();

    Comments comments;

    @BeforeEach
    void connect() throws Exception {
        comments = new Comments(new Client(new Config()
            .setEndpoint(emulator.endpoint()).setProtocol("HTTP")
            .setAccessKeyId(emulator.credential("aliyun", "access_key_id"))
            .setAccessKeySecret(emulator.credential("aliyun", "access_key_secret"))));
    }

    @Test
    void aRuleIsThatOfItsTest() throws Exception {
        emulator.verdict("ad", Map.of());
        assertThat(comments.post("good morning")).isEqualTo(Comments.State.REJECTED);
        emulator.verify(Map.of(), 1);
    }

    @Test
    void noOtherTestSeesIt() throws Exception {
        assertThat(comments.post("good morning")).isEqualTo(Comments.State.PUBLISHED);
        emulator.verify(Map.of(), 1);
    }

    @Test
    void anotherNumberOfCallsFails() throws Exception {
        comments.post("good morning");
        assertThatThrownBy(() -> emulator.verify(Map.of("operation", "ScanText"), 2)).isInstanceOf(AssertionError.class);
        assertThat(emulator.journal()).hasSize(1);
    }
}
