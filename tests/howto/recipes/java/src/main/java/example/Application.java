package example;

import com.aliyun.imageaudit20191230.Client;
import com.aliyun.teaopenapi.models.Config;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class Application {
    @Bean
    Client imageaudit(
            @Value("${aliyun.endpoint}") String endpoint, @Value("${aliyun.protocol}") String protocol,
            @Value("${aliyun.access-key-id}") String keyId, @Value("${aliyun.access-key-secret}") String secret)
            throws Exception {
        return new Client(new Config()
            .setEndpoint(endpoint).setProtocol(protocol).setAccessKeyId(keyId).setAccessKeySecret(secret));
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }
}
