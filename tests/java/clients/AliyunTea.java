// The current clients of Alibaba: the typed one of imageaudit, and for Green, which has none, the call below it.
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

import com.aliyun.imageaudit20191230.models.ScanImageRequest;
import com.aliyun.imageaudit20191230.models.ScanImageResponseBody;
import com.aliyun.imageaudit20191230.models.ScanTextRequest;
import com.aliyun.imageaudit20191230.models.ScanTextResponseBody;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.fasterxml.jackson.databind.JsonNode;

class AliyunTea {
    private static Config configure(JsonNode asked, String host) {
        Config config = new Config()
            .setAccessKeyId(asked.get("key").asText())
            .setAccessKeySecret(asked.get("secret").asText());
        if (!asked.has("url")) return config.setEndpoint(host);
        return config.setEndpoint(URI.create(asked.get("url").asText()).getAuthority()).setProtocol("HTTP");
    }

    static Object callImageaudit(JsonNode asked) throws Exception {
        Config config = configure(asked, "imageaudit.cn-shanghai.aliyuncs.com");
        com.aliyun.imageaudit20191230.Client client = new com.aliyun.imageaudit20191230.Client(config);
        List<String> found = new ArrayList<>();
        if (asked.get("call").asText().equals("ScanText")) {
            ScanTextRequest request = new ScanTextRequest()
                .setLabels(List.of(new ScanTextRequest.ScanTextRequestLabels().setLabel("ad")))
                .setTasks(List.of(new ScanTextRequest.ScanTextRequestTasks().setContent(asked.get("content").asText())));
            for (ScanTextResponseBody.ScanTextResponseBodyDataElements element : client.scanText(request).body.data.elements) {
                element.results.forEach(result -> found.addAll(List.of(result.label, result.suggestion)));
            }
        } else {
            ScanImageRequest request = new ScanImageRequest()
                .setScene(List.of("porn"))
                .setTask(List.of(new ScanImageRequest.ScanImageRequestTask().setImageURL(asked.get("picture").asText())));
            for (ScanImageResponseBody.ScanImageResponseBodyDataResults result : client.scanImage(request).body.data.results) {
                result.subResults.forEach(sub -> found.addAll(List.of(sub.label, sub.suggestion)));
            }
        }
        return found;
    }

    static Object callGreen(JsonNode asked) throws Exception {
        com.aliyun.teaopenapi.Client client =
            new com.aliyun.teaopenapi.Client(configure(asked, "green.cn-shanghai.aliyuncs.com"));
        Params params = new Params()
            .setAction("Any").setVersion("2018-05-09")
            .setProtocol(asked.has("url") ? "HTTP" : "HTTPS").setMethod("POST")
            .setPathname("/green/" + asked.get("call").asText())
            .setAuthType("AK").setStyle("ROA").setReqBodyType("json").setBodyType("json");
        OpenApiRequest request = new OpenApiRequest();
        request.body = Clients.JSON.treeToValue(asked.get("body"), Object.class);
        return client.callApi(params, request, new RuntimeOptions()).get("body");
    }
}
