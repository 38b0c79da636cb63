// Both clients of Alipay's gateway: alipay-sdk-java, and the easy one, which knows content.detect alone.
import java.net.URI;

import com.alipay.api.AlipayApiException;
import com.alipay.api.AlipayClient;
import com.alipay.api.AlipayResponse;
import com.alipay.api.DefaultAlipayClient;
import com.alipay.api.request.AlipaySecurityRiskContentAnalyzeRequest;
import com.alipay.api.request.AlipaySecurityRiskContentDetectRequest;
import com.alipay.api.request.AlipaySecurityRiskContentResultGetRequest;
import com.alipay.api.request.AlipaySecurityRiskContentSyncDetectRequest;
import com.alipay.easysdk.factory.MultipleFactory;
import com.alipay.easysdk.kernel.Config;
import com.fasterxml.jackson.databind.JsonNode;

class Alipay {
    private static final String GATEWAY = "https://openapi.alipay.com/gateway.do";

    /** The key of the gateway, which `exec` tells by a variable. */
    private static String findGatewayKey(JsonNode asked) {
        return asked.path("gateway_key").asText(System.getenv("ALIPAY_PUBLIC_KEY"));
    }

    static Object call(JsonNode asked) throws Exception {
        AlipayClient client = new DefaultAlipayClient(
            asked.path("url").asText(GATEWAY), asked.get("app_id").asText(), asked.get("private_key").asText(),
            "json", "utf-8", findGatewayKey(asked), asked.path("sign_type").asText("RSA2"));
        return Clients.JSON.readTree(execute(client, asked.get("call").asText(), asked.get("content").toString()).getBody());
    }

    private static AlipayResponse execute(AlipayClient client, String method, String content) throws AlipayApiException {
        switch (method) {
            case "alipay.security.risk.content.analyze":
                AlipaySecurityRiskContentAnalyzeRequest analyze = new AlipaySecurityRiskContentAnalyzeRequest();
                analyze.setBizContent(content);
                return client.execute(analyze);
            case "alipay.security.risk.content.detect":
                AlipaySecurityRiskContentDetectRequest detect = new AlipaySecurityRiskContentDetectRequest();
                detect.setBizContent(content);
                return client.execute(detect);
            case "alipay.security.risk.content.result.get":
                AlipaySecurityRiskContentResultGetRequest get = new AlipaySecurityRiskContentResultGetRequest();
                get.setBizContent(content);
                return client.execute(get);
            case "alipay.security.risk.content.sync.detect":
                AlipaySecurityRiskContentSyncDetectRequest sync = new AlipaySecurityRiskContentSyncDetectRequest();
                sync.setBizContent(content);
                return client.execute(sync);
            default: throw new IllegalArgumentException(method);
        }
    }

    static Object callByEasySdk(JsonNode asked) throws Exception {
        URI gateway = URI.create(asked.path("url").asText(GATEWAY));
        Config config = new Config();
        config.protocol = gateway.getScheme();
        config.gatewayHost = gateway.getAuthority();
        config.signType = "RSA2";
        config.appId = asked.get("app_id").asText();
        config.merchantPrivateKey = asked.get("private_key").asText();
        config.alipayPublicKey = findGatewayKey(asked);
        MultipleFactory factory = new MultipleFactory();
        factory.setOptions(config);
        return Clients.JSON.readTree(factory.TextRisk().detect(asked.get("content").get("content").asText()).httpBody);
    }
}
